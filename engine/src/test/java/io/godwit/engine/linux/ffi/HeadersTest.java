package io.godwit.engine.linux.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Layouts and numbers against literals that a C program printed from the headers, on x86-64. */
class HeadersTest {

    static Stream<Arguments> sizes() {
        return Stream.of(Arguments.of(Stat.STATX, 256), Arguments.of(Vfs.STATFS, 120), Arguments.of(PollH.POLLFD, 8),
                Arguments.of(Socket.SOCKADDR_UN, 110),
                Arguments.of(Socket.SOCKADDR_IN, 16), Arguments.of(Socket.SOCKADDR_IN6, 28),
                Arguments.of(Uio.IOVEC, 16),
                Arguments.of(Socket.MSGHDR, 56), Arguments.of(Socket.CMSGHDR, 16), Arguments.of(Socket.UCRED, 12),
                Arguments.of(Signal.SIGACTION, 152), Arguments.of(Userfaultfd.UFFDIO_API_STRUCT, 24),
                Arguments.of(Userfaultfd.UFFDIO_REGISTER_STRUCT, 32), Arguments.of(Userfaultfd.UFFDIO_RANGE_STRUCT, 16),
                Arguments.of(Userfaultfd.UFFDIO_COPY_STRUCT, 40), Arguments.of(Userfaultfd.UFFDIO_ZEROPAGE_STRUCT, 32),
                Arguments.of(Userfaultfd.UFFDIO_WRITEPROTECT_STRUCT, 24),
                Arguments.of(Userfaultfd.UFFDIO_CONTINUE_STRUCT, 32), Arguments.of(Userfaultfd.UFFD_MSG, 32),
                Arguments.of(Fs.PM_SCAN_ARG, 96), Arguments.of(Fs.PAGE_REGION, 24));
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void structHasTheSizeOfTheHeader(StructLayout struct, long bytes) {
        assertThat(struct.byteSize()).isEqualTo(bytes);
    }

    static Stream<Arguments> offsets() {
        return Stream.of(Arguments.of(Stat.STATX, "stx_mode", 28), Arguments.of(Stat.STATX, "stx_size", 40),
                Arguments.of(Stat.STATX, "stx_blocks", 48), Arguments.of(Vfs.STATFS, "f_bsize", 8),
                Arguments.of(Stat.STATX, "stx_uid", 20), Arguments.of(Stat.STATX, "stx_gid", 24),
                Arguments.of(Stat.STATX, "stx_ino", 32), Arguments.of(Stat.STATX, "stx_dev_major", 136),
                Arguments.of(Stat.STATX, "stx_dev_minor", 140),
                Arguments.of(PollH.POLLFD, "events", 4), Arguments.of(PollH.POLLFD, "revents", 6),
                Arguments.of(Socket.SOCKADDR_UN, "sun_path", 2), Arguments.of(Socket.SOCKADDR_IN, "sin_port", 2),
                Arguments.of(Socket.SOCKADDR_IN, "sin_addr", 4), Arguments.of(Socket.SOCKADDR_IN6, "sin6_addr", 8),
                Arguments.of(Socket.SOCKADDR_IN6, "sin6_scope_id", 24), Arguments.of(Socket.MSGHDR, "msg_namelen", 8),
                Arguments.of(Socket.MSGHDR, "msg_iov", 16), Arguments.of(Socket.MSGHDR, "msg_iovlen", 24),
                Arguments.of(Socket.MSGHDR, "msg_control", 32), Arguments.of(Socket.MSGHDR, "msg_controllen", 40),
                Arguments.of(Socket.MSGHDR, "msg_flags", 48), Arguments.of(Socket.CMSGHDR, "cmsg_level", 8),
                Arguments.of(Socket.CMSGHDR, "cmsg_type", 12), Arguments.of(Signal.SIGACTION, "sa_flags", 136),
                Arguments.of(Signal.SIGACTION, "sa_restorer", 144),
                Arguments.of(Userfaultfd.UFFDIO_COPY_STRUCT, "mode", 24),
                Arguments.of(Userfaultfd.UFFDIO_COPY_STRUCT, "copy", 32),
                Arguments.of(Userfaultfd.UFFDIO_ZEROPAGE_STRUCT, "zeropage", 24),
                Arguments.of(Userfaultfd.UFFDIO_CONTINUE_STRUCT, "mapped", 24),
                Arguments.of(Userfaultfd.UFFD_MSG, "flags", 8), Arguments.of(Userfaultfd.UFFD_MSG, "address", 16),
                Arguments.of(Userfaultfd.UFFD_MSG, "ptid", 24), Arguments.of(Fs.PM_SCAN_ARG, "flags", 8),
                Arguments.of(Fs.PM_SCAN_ARG, "start", 16), Arguments.of(Fs.PM_SCAN_ARG, "end", 24),
                Arguments.of(Fs.PM_SCAN_ARG, "walk_end", 32), Arguments.of(Fs.PM_SCAN_ARG, "vec", 40),
                Arguments.of(Fs.PM_SCAN_ARG, "vec_len", 48), Arguments.of(Fs.PM_SCAN_ARG, "max_pages", 56),
                Arguments.of(Fs.PM_SCAN_ARG, "category_inverted", 64),
                Arguments.of(Fs.PM_SCAN_ARG, "category_mask", 72),
                Arguments.of(Fs.PM_SCAN_ARG, "category_anyof_mask", 80),
                Arguments.of(Fs.PM_SCAN_ARG, "return_mask", 88));
    }

    @ParameterizedTest
    @MethodSource("offsets")
    void fieldIsWhereTheHeaderHasIt(StructLayout struct, String field, long offset) {
        assertThat(struct.byteOffset(PathElement.groupElement(field))).isEqualTo(offset);
    }

    @Test
    void requestNumbersAreThoseOfTheHeaders() {
        assertThat(Userfaultfd.USERFAULTFD_IOC_NEW).isEqualTo(0xaa00L);
        assertThat(Userfaultfd.UFFDIO_API).isEqualTo(0xc018aa3fL);
        assertThat(Userfaultfd.UFFDIO_REGISTER).isEqualTo(0xc020aa00L);
        assertThat(Userfaultfd.UFFDIO_UNREGISTER).isEqualTo(0x8010aa01L);
        assertThat(Userfaultfd.UFFDIO_WAKE).isEqualTo(0x8010aa02L);
        assertThat(Userfaultfd.UFFDIO_COPY).isEqualTo(0xc028aa03L);
        assertThat(Userfaultfd.UFFDIO_ZEROPAGE).isEqualTo(0xc020aa04L);
        assertThat(Userfaultfd.UFFDIO_WRITEPROTECT).isEqualTo(0xc018aa06L);
        assertThat(Userfaultfd.UFFDIO_CONTINUE).isEqualTo(0xc020aa07L);
        assertThat(Fs.PAGEMAP_SCAN).isEqualTo(0xc0606610L);
        assertThat(Ioctl._IOW(0xae, 0x41, 24)).as("a struct that goes in only").isEqualTo(0x4018ae41L);
    }
}
