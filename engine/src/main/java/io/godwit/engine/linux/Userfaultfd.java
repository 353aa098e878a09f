package io.godwit.engine.linux;

import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_API;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_API_STRUCT;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_REGISTER;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_REGISTER_MODE_MINOR;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_REGISTER_MODE_MISSING;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_REGISTER_MODE_WP;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_REGISTER_STRUCT;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFDIO_UNREGISTER;
import static io.godwit.engine.linux.ffi.Userfaultfd.UFFD_API;
import static io.godwit.engine.linux.ffi.Userfaultfd.USERFAULTFD_IOC_NEW;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Fcntl;
import io.godwit.engine.linux.ffi.Ioctl;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;

/**
 * Owns a userfaultfd: ranges of guest memory whose faults this process wants to know about (userfaultfd(2),
 * Documentation/admin-guide/mm/userfaultfd.rst). It comes from /dev/userfaultfd and so tells of faults within system calls
 * and KVM too. Any thread may call; a {@link FaultHandler} serves the faults. Closing it unregisters everything.
 */
public final class Userfaultfd implements AutoCloseable {
    static final Path DEVICE = Path.of("/dev/userfaultfd");

    private final Fd fd;

    /** Which accesses to a range are faults. */
    public enum Mode {
        /** To a page that is not there. */
        MISSING(UFFDIO_REGISTER_MODE_MISSING),
        /** A write to a protected page. */
        WRITE_PROTECT(UFFDIO_REGISTER_MODE_WP),
        /** To a page that the memfd has, but this mapping has not yet. */
        MINOR(UFFDIO_REGISTER_MODE_MINOR);

        private final long bit;

        Mode(long bit) {
            this.bit = bit;
        }
    }

    private Userfaultfd(Fd fd) {
        this.fd = fd;
    }

    /** One that has these features; says by name which one this kernel lacks. */
    public static Userfaultfd open(Set<UserfaultFeature> features) throws IOException {
        Set<UserfaultFeature> offered = offered(DEVICE);
        long bits = 0;
        for (UserfaultFeature feature : features) {
            if (!offered.contains(feature)) {
                throw new IOException(feature.missing());
            }
            bits |= feature.bit;
        }
        Fd fd = create(DEVICE);
        try {
            handshake(fd, bits);
            return new Userfaultfd(fd);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** What the kernel offers, asked on a descriptor of its own: the handshake happens once in a userfaultfd's life. */
    static Set<UserfaultFeature> offered(Path device) throws IOException {
        try (Fd probe = create(device)) {
            long bits = handshake(probe, 0);
            var offered = EnumSet.noneOf(UserfaultFeature.class);
            for (UserfaultFeature feature : UserfaultFeature.values()) {
                if ((bits & feature.bit) != 0) {
                    offered.add(feature);
                }
            }
            return offered;
        }
    }

    private static Fd create(Path device) throws IOException {
        try (Fd opened = Fd.open(device, Set.of(OpenFlag.READ, OpenFlag.WRITE), 0)) {
            long flags = Fcntl.O_CLOEXEC | Fcntl.O_NONBLOCK; // poll(2) serves non-blocking ones only
            return Fd.adopt(ErrnoException.check(Ioctl.ioctl(opened.number(), USERFAULTFD_IOC_NEW, flags),
                    "create a userfaultfd from '" + device + "'"));
        }
    }

    private static long handshake(Fd fd, long features) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment api = arena.allocate(UFFDIO_API_STRUCT);
            api.setAtIndex(JAVA_LONG, 0, UFFD_API);
            api.setAtIndex(JAVA_LONG, 1, features);
            ErrnoException.check(Ioctl.ioctl(fd.number(), UFFDIO_API, api), "userfaultfd handshake");
            return api.getAtIndex(JAVA_LONG, 1);
        }
    }

    /** Readable when a fault waits; lent. */
    public Fd fd() {
        return fd;
    }

    /** Registers whole pages. A range belongs to one userfaultfd at a time: else {@link Errno#EBUSY}. */
    public void register(Mapping mapping, long offset, long length, Set<Mode> modes) throws IOException {
        long bits = 0;
        for (Mode mode : modes) {
            bits |= mode.bit;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment argument = arena.allocate(UFFDIO_REGISTER_STRUCT);
            argument.setAtIndex(JAVA_LONG, 0, mapping.at(offset, length));
            argument.setAtIndex(JAVA_LONG, 1, length);
            argument.setAtIndex(JAVA_LONG, 2, bits);
            ErrnoException.check(Ioctl.ioctl(fd.number(), UFFDIO_REGISTER, argument),
                    "register " + modes + " for " + length
                            + " bytes at " + offset);
        }
    }

    /** Unregisters whole pages: protection is lifted, and who waits for a fault there tries again. */
    public void unregister(Mapping mapping, long offset, long length) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment range = arena.allocate(JAVA_LONG, 2);
            range.setAtIndex(JAVA_LONG, 0, mapping.at(offset, length));
            range.setAtIndex(JAVA_LONG, 1, length);
            ErrnoException.check(Ioctl.ioctl(fd.number(), UFFDIO_UNREGISTER, range),
                    "unregister " + length + " bytes at "
                            + offset);
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
