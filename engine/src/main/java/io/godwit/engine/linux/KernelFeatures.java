package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Fs;
import io.godwit.engine.linux.ffi.Ioctl;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What this kernel, with this process's rights, cannot do: found at start, and named. Each is a sentence for the log, or
 * empty when there is nothing to complain of.
 *
 * @param dirtyTracking what keeps the workload guest from noting written pages
 * @param pagemap what keeps any guest's never-touched pages from being known
 * @param kvm what keeps the KVM guest from running
 */
public record KernelFeatures(List<String> dirtyTracking, Optional<String> pagemap, Optional<String> kvm) {
    private static final long KVM_GET_API_VERSION = Ioctl._IO(0xAE, 0x00);
    private static final int KVM_API_VERSION = 12;
    private static final Set<UserfaultFeature> FOR_DIRTY_TRACKING = Set.of(UserfaultFeature.PAGEFAULT_FLAG_WP,
            UserfaultFeature.WP_ASYNC, UserfaultFeature.WP_UNPOPULATED, UserfaultFeature.WP_HUGETLBFS_SHMEM);

    public KernelFeatures {
        dirtyTracking = List.copyOf(dirtyTracking);
    }

    /** Asks the kernel. */
    public static KernelFeatures probe() {
        return probe(Userfaultfd.DEVICE, Pagemap.FILE, Path.of("/dev/kvm"));
    }

    static KernelFeatures probe(Path userfaultfd, Path pagemap, Path kvm) {
        List<String> dirtyTracking = new ArrayList<>();
        try {
            dirtyTracking.addAll(lacking(Userfaultfd.offered(userfaultfd)));
        } catch (IOException e) {
            dirtyTracking.add("userfaultfd: " + e.getMessage());
        }
        return new KernelFeatures(dirtyTracking, pagemapScan(pagemap), kvm(kvm));
    }

    static List<String> lacking(Set<UserfaultFeature> offered) {
        return FOR_DIRTY_TRACKING.stream().filter(feature -> !offered.contains(feature)).sorted()
                .map(UserfaultFeature::missing).toList();
    }

    private static Optional<String> pagemapScan(Path pagemap) {
        try (Fd fd = Fd.open(pagemap, Set.of(OpenFlag.READ), 0); Arena arena = Arena.ofConfined()) {
            MemorySegment emptyRange = arena.allocate(Fs.PM_SCAN_ARG);
            emptyRange.set(JAVA_LONG, 0, Fs.PM_SCAN_ARG.byteSize());
            int result = Ioctl.ioctl(fd.number(), Fs.PAGEMAP_SCAN, emptyRange);
            return result == Errno.ENOTTY.result()
                    ? Optional.of("pagemap: PAGEMAP_SCAN is not supported by this kernel, Linux 6.7 has it")
                    : Optional.empty();
        } catch (IOException e) {
            return Optional.of("pagemap: " + e.getMessage());
        }
    }

    private static Optional<String> kvm(Path kvm) {
        try (Fd fd = Fd.open(kvm, Set.of(OpenFlag.READ, OpenFlag.WRITE), 0)) {
            int version = Ioctl.ioctl(fd.number(), KVM_GET_API_VERSION, 0);
            return version == KVM_API_VERSION
                    ? Optional.empty()
                    : Optional
                            .of("kvm: '" + kvm + "' has API version " + version + ", " + KVM_API_VERSION + " expected");
        } catch (IOException e) {
            return Optional.of("kvm: " + e.getMessage());
        }
    }
}
