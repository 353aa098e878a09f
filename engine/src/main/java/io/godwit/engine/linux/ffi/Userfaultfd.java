package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;

/** linux/userfaultfd.h. */
public final class Userfaultfd {
    public static final long UFFD_API = 0xAA;

    public static final long UFFD_FEATURE_PAGEFAULT_FLAG_WP = 1;
    public static final long UFFD_FEATURE_MISSING_HUGETLBFS = 1 << 4;
    public static final long UFFD_FEATURE_MISSING_SHMEM = 1 << 5;
    public static final long UFFD_FEATURE_THREAD_ID = 1 << 8;
    public static final long UFFD_FEATURE_MINOR_SHMEM = 1 << 10;
    public static final long UFFD_FEATURE_EXACT_ADDRESS = 1 << 11;
    public static final long UFFD_FEATURE_WP_HUGETLBFS_SHMEM = 1 << 12;
    public static final long UFFD_FEATURE_WP_UNPOPULATED = 1 << 13;
    public static final long UFFD_FEATURE_WP_ASYNC = 1 << 15;

    public static final long UFFDIO_REGISTER_MODE_MISSING = 1;
    public static final long UFFDIO_REGISTER_MODE_WP = 2;
    public static final long UFFDIO_REGISTER_MODE_MINOR = 4;
    public static final long UFFDIO_WRITEPROTECT_MODE_WP = 1;
    public static final long UFFDIO_COPY_MODE_WP = 2;

    public static final byte UFFD_EVENT_PAGEFAULT = 0x12;
    public static final long UFFD_PAGEFAULT_FLAG_WRITE = 1;
    public static final long UFFD_PAGEFAULT_FLAG_WP = 2;
    public static final long UFFD_PAGEFAULT_FLAG_MINOR = 4;

    /** {@code struct uffdio_api}. */
    public static final StructLayout UFFDIO_API_STRUCT = longs("api", "features", "ioctls");
    /** {@code struct uffdio_range}. */
    public static final StructLayout UFFDIO_RANGE_STRUCT = longs("start", "len");
    /** {@code struct uffdio_register}. */
    public static final StructLayout UFFDIO_REGISTER_STRUCT = longs("start", "len", "mode", "ioctls");
    /** {@code struct uffdio_copy}; {@code copy} comes back: bytes copied or -errno. */
    public static final StructLayout UFFDIO_COPY_STRUCT = longs("dst", "src", "len", "mode", "copy");
    /** {@code struct uffdio_zeropage}. */
    public static final StructLayout UFFDIO_ZEROPAGE_STRUCT = longs("start", "len", "mode", "zeropage");
    /** {@code struct uffdio_writeprotect}. */
    public static final StructLayout UFFDIO_WRITEPROTECT_STRUCT = longs("start", "len", "mode");
    /** {@code struct uffdio_continue}. */
    public static final StructLayout UFFDIO_CONTINUE_STRUCT = longs("start", "len", "mode", "mapped");
    /** {@code struct uffd_msg}, its union as that of a page fault. */
    public static final StructLayout UFFD_MSG = MemoryLayout.structLayout(JAVA_BYTE.withName("event"),
            MemoryLayout.paddingLayout(7), JAVA_LONG.withName("flags"), JAVA_LONG.withName("address"),
            JAVA_INT.withName("ptid"), MemoryLayout.paddingLayout(4));

    private static final int UFFDIO = 0xAA;

    /** On /dev/userfaultfd; the argument is the flags of userfaultfd(2). */
    public static final long USERFAULTFD_IOC_NEW = Ioctl._IO(UFFDIO, 0x00);
    public static final long UFFDIO_API = Ioctl._IOWR(UFFDIO, 0x3F, UFFDIO_API_STRUCT.byteSize());
    public static final long UFFDIO_REGISTER = Ioctl._IOWR(UFFDIO, 0x00, UFFDIO_REGISTER_STRUCT.byteSize());
    public static final long UFFDIO_UNREGISTER = Ioctl._IOR(UFFDIO, 0x01, UFFDIO_RANGE_STRUCT.byteSize());
    public static final long UFFDIO_WAKE = Ioctl._IOR(UFFDIO, 0x02, UFFDIO_RANGE_STRUCT.byteSize());
    public static final long UFFDIO_COPY = Ioctl._IOWR(UFFDIO, 0x03, UFFDIO_COPY_STRUCT.byteSize());
    public static final long UFFDIO_ZEROPAGE = Ioctl._IOWR(UFFDIO, 0x04, UFFDIO_ZEROPAGE_STRUCT.byteSize());
    public static final long UFFDIO_WRITEPROTECT = Ioctl._IOWR(UFFDIO, 0x06, UFFDIO_WRITEPROTECT_STRUCT.byteSize());
    public static final long UFFDIO_CONTINUE = Ioctl._IOWR(UFFDIO, 0x07, UFFDIO_CONTINUE_STRUCT.byteSize());

    private Userfaultfd() {}

    private static StructLayout longs(String... names) {
        var fields = new MemoryLayout[names.length];
        for (int i = 0; i < names.length; i++) {
            fields[i] = JAVA_LONG.withName(names[i]);
        }
        return MemoryLayout.structLayout(fields);
    }
}
