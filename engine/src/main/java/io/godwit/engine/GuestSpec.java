package io.godwit.engine;

import io.godwit.engine.linux.Fd;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * A guest as its user describes it.
 *
 * @param name shown in logs, metrics and query-name; may be empty
 * @param memoryBytes RAM, a multiple of 4096, from 1 MiB up; for a held guest the most that may arrive
 * @param startPaused {@code -S}: do not start the vCPUs, now or after an incoming migration
 * @param incoming the guest waits for a migration instead of starting its program; a held guest always does
 * @param sealsFiles whether a file that the guest is saved into, or that is its RAM, gets a seal
 */
public record GuestSpec(String name, Kind kind, long memoryBytes, Ram ram, boolean startPaused, boolean incoming,
        Optional<UUID> uuid, boolean sealsFiles) {

    /** The same guest, which comes from another process of this host: runs here if it ran there, and brings its memory along. */
    public GuestSpec arriving() {
        return new GuestSpec(name, kind, memoryBytes, ram instanceof Ram.Memfd ? new Ram.Anonymous() : ram, false, true,
                uuid, sealsFiles);
    }

    /** The same guest, but COM1's other end is what another process passes on, where it passes anything on. */
    @SuppressWarnings("exports") // Fd is exported to the daemon, the only module that passes descriptors.
    public GuestSpec withSerial(List<Fd> descriptors) {
        if (descriptors.isEmpty()
                || !(kind instanceof Kvm(var cpus, var image, var hogBytes, Serial.UnixSocket(var path)))) {
            return this;
        }
        return new GuestSpec(name, new Kvm(cpus, image, hogBytes, new Serial.PassedOn(path, descriptors)), memoryBytes,
                ram, startPaused, incoming, uuid, sealsFiles);
    }

    /** What runs in it. */
    public sealed interface Kind {}

    /**
     * A small machine on /dev/kvm. Without a boot image (at most 64 KiB) the built-in one runs.
     *
     * @param hogBytes how much memory the built-in one's hog uses, before it ends
     */
    public record Kvm(int cpus, Optional<Path> bootImage, long hogBytes, Serial serial) implements Kind {

        /** Without a hog. */
        public Kvm(int cpus, Optional<Path> bootImage, Serial serial) {
            this(cpus, bootImage, 0, serial);
        }
    }

    /**
     * Native threads that write RAM, without KVM.
     *
     * @param fillBytes how much of RAM is written once at the start
     * @param hogBytes how much is written after that, and free once it is
     * @param freeMemory what it does about memory that it does not need
     * @param dirtyBytes the part of what is filled that is written again and again
     * @param pagesPerSecond how fast; 0 for not at all
     * @param disk a raw file to which each page goes that was written again, after it was; at least as large as the fill
     */
    public record Workload(int threads, long fillBytes, long hogBytes, FreeMemory freeMemory, long dirtyBytes,
            long pagesPerSecond, Optional<Path> disk) implements Kind {

        /** Without a hog. */
        public Workload(int threads, long fillBytes, long dirtyBytes, long pagesPerSecond, Optional<Path> disk) {
            this(threads, fillBytes, 0, FreeMemory.SILENT, dirtyBytes, pagesPerSecond, disk);
        }

        /** Without a disk, too. */
        public Workload(int threads, long fillBytes, long dirtyBytes, long pagesPerSecond) {
            this(threads, fillBytes, dirtyBytes, pagesPerSecond, Optional.empty());
        }
    }

    /**
     * What a workload does about memory that it does not need.
     *
     * @param residency whether a migration leaves out what was never touched; off is for comparison
     * @param hints whether it offers to tell migrations what its hog has left
     * @param reporting whether it gives that back when the hog has ended
     * @param balloon whether it has a balloon
     */
    public record FreeMemory(boolean residency, boolean hints, boolean reporting, boolean balloon) {
        /** It tells nothing. */
        public static final FreeMemory SILENT = new FreeMemory(true, false, false, false);
    }

    /**
     * No guest that could run here: RAM and device state that arrive in a stream, are kept, and can be sent on. The spec's
     * {@code memoryBytes} is the most RAM that a stream may bring, all its blocks together.
     */
    public record Held() implements Kind {}

    /** Where RAM lives. */
    public sealed interface Ram {
        /** Private memory, huge-page friendly: the fastest to migrate into. */
        record Anonymous() implements Ram {}

        /**
         * A memfd, which can be handed to another process.
         *
         * @param hugePages of 2 MiB from the kernel's reserve; RAM is then a multiple of 2 MiB
         */
        record Memfd(boolean hugePages) implements Ram {}

        /** A mapped-ram file, written as a stream arrives and put in place of {@code file} when it is whole. Held guests only. */
        record MappedRamFile(Path file) implements Ram {}
    }

    /** COM1's other end. */
    public sealed interface Serial {
        /** Output is thrown away. */
        record None() implements Serial {}

        /** The daemon's standard input and output. */
        record Stdio() implements Serial {}

        /** Output is appended to a file. */
        record ToFile(Path path) implements Serial {}

        /** A listening unix socket; the last client to connect gets the output. */
        record UnixSocket(Path path) implements Serial {}

        /**
         * What another process had as {@link UnixSocket}, by the descriptors that its engine gave; the guest takes ownership of
         * them. It is served when {@link MigrationEngine#serveSerial} says so.
         */
        @SuppressWarnings("exports") // Fd is exported to the daemon, the only module that passes descriptors.
        record PassedOn(Path path, List<Fd> descriptors) implements Serial {
            public PassedOn {
                descriptors = List.copyOf(descriptors);
            }
        }
    }
}
