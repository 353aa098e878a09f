package io.godwit.engine.linux;

import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_CONTINUE;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_COPY;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_COPY_MODE_WP;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_COPY_STRUCT;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_WAKE;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_WRITEPROTECT;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_WRITEPROTECT_MODE_WP;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_ZEROPAGE;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFD_EVENT_PAGEFAULT;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFD_MSG;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFD_PAGEFAULT_FLAG_MINOR;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFD_PAGEFAULT_FLAG_WP;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFD_PAGEFAULT_FLAG_WRITE;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Ioctl;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Serves the faults of a {@link Userfaultfd}: reads them, installs pages, lifts protection. Owns the structs that this
 * takes, so that nothing is allocated per fault. One thread at a time; several threads have one each.
 */
public final class FaultHandler implements AutoCloseable {
    private static final long FLAGS = 8;
    private static final long ADDRESS = 16;
    private static final long PTID = 24;
    private static final int MODE = 2;

    private final Userfaultfd userfaultfd;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment message = arena.allocate(UFFD_MSG);
    private final MemorySegment argument = arena.allocate(UFFDIO_COPY_STRUCT);
    private long installedBytes;

    /** {@code userfaultfd} is lent and must stay open longer than this. */
    public FaultHandler(Userfaultfd userfaultfd) {
        this.userfaultfd = userfaultfd;
    }

    /** Takes the next fault, if one waits. It is described by the other methods until the next call. */
    public boolean next() throws IOException {
        if (userfaultfd.fd().read(message, 0, message.byteSize()) != message.byteSize()) {
            return false;
        }
        byte event = message.get(JAVA_BYTE, 0);
        if (event != UFFD_EVENT_PAGEFAULT) {
            throw new IllegalStateException("userfaultfd event " + event + ", none but page faults was asked for");
        }
        return true;
    }

    /** Whether the fault lies in {@code mapping}. */
    public boolean isIn(Mapping mapping) {
        long offset = message.get(JAVA_LONG, ADDRESS) - mapping.hostAddress();
        return offset >= 0 && offset < mapping.byteSize();
    }

    /** The fault's place in {@code mapping}, in which it must lie. To the byte only with {@code EXACT_ADDRESS}. */
    public long offsetIn(Mapping mapping) {
        return message.get(JAVA_LONG, ADDRESS) - mapping.hostAddress();
    }

    public boolean isWrite() {
        return has(UFFD_PAGEFAULT_FLAG_WRITE);
    }

    public boolean isWriteProtect() {
        return has(UFFD_PAGEFAULT_FLAG_WP);
    }

    public boolean isMinor() {
        return has(UFFD_PAGEFAULT_FLAG_MINOR);
    }

    /** Who waits. Only with {@link UserfaultFeature#THREAD_ID}. */
    public int threadId() {
        return message.get(JAVA_INT, PTID);
    }

    private boolean has(long flag) {
        return (message.get(JAVA_LONG, FLAGS) & flag) != 0;
    }

    /** Puts copies of {@code source}'s pages into missing ones; {@code protect}: write-protected at once. */
    public InstallOutcome copy(Mapping mapping, long offset, MemorySegment source, long sourceOffset, long length,
            boolean protect) throws IOException {
        argument.setAtIndex(JAVA_LONG, 0, mapping.at(offset, length));
        argument.setAtIndex(JAVA_LONG, 1, NativeRange.address(source, sourceOffset, length));
        argument.setAtIndex(JAVA_LONG, 2, length);
        argument.setAtIndex(JAVA_LONG, 3, protect ? UFFDIO_COPY_MODE_WP : 0);
        return install(UFFDIO_COPY, 4, length, "UFFDIO_COPY at ", offset);
    }

    /** Puts zero pages into missing ones. */
    public InstallOutcome zero(Mapping mapping, long offset, long length) throws IOException {
        range(mapping, offset, length, 0);
        return install(UFFDIO_ZEROPAGE, 3, length, "UFFDIO_ZEROPAGE at ", offset);
    }

    /** Maps pages that the memfd has: resolves minor faults. */
    public InstallOutcome map(Mapping mapping, long offset, long length) throws IOException {
        range(mapping, offset, length, 0);
        return install(UFFDIO_CONTINUE, 3, length, "UFFDIO_CONTINUE at ", offset);
    }

    /** How many bytes the last installation put in place, whatever its outcome. */
    public long installedBytes() {
        return installedBytes;
    }

    private InstallOutcome install(long request, int resultIndex, long length, String operation, long offset)
            throws IOException {
        argument.setAtIndex(JAVA_LONG, resultIndex, 0);
        int result = Ioctl.ioctl(userfaultfd.fd().number(), request, argument);
        // The result field is signed: bytes done, or -errno once more.
        installedBytes = result == 0 ? length : Math.max(0, argument.getAtIndex(JAVA_LONG, resultIndex));
        if (result == 0) {
            return InstallOutcome.INSTALLED;
        }
        if (installedBytes > 0) {
            return InstallOutcome.PARTLY;
        }
        return switch (Errno.ofResult(result)) {
            case EEXIST -> InstallOutcome.ALREADY_PRESENT;
            case EAGAIN -> InstallOutcome.TRY_AGAIN;
            case ENOENT, ESRCH -> InstallOutcome.TARGET_GONE;
            default -> throw new ErrnoException(operation + offset, result);
        };
    }

    /** Lets those go on who wait for a fault in the range. */
    public void wake(Mapping mapping, long offset, long length) throws IOException {
        range(mapping, offset, length, 0);
        ErrnoException.check(Ioctl.ioctl(userfaultfd.fd().number(), UFFDIO_WAKE, argument), "UFFDIO_WAKE");
    }

    /** Protects whole pages from writes, or lifts that and lets those go on who wait. */
    public void writeProtect(Mapping mapping, long offset, long length, boolean on) throws IOException {
        range(mapping, offset, length, on ? UFFDIO_WRITEPROTECT_MODE_WP : 0);
        int result;
        do {
            result = Ioctl.ioctl(userfaultfd.fd().number(), UFFDIO_WRITEPROTECT, argument);
        } while (Errno.ofResult(result) == Errno.EAGAIN); // the address space was changing
        ErrnoException.check(result, "UFFDIO_WRITEPROTECT");
    }

    private void range(Mapping mapping, long offset, long length, long mode) {
        argument.setAtIndex(JAVA_LONG, 0, mapping.at(offset, length));
        argument.setAtIndex(JAVA_LONG, 1, length);
        argument.setAtIndex(JAVA_LONG, MODE, mode);
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
