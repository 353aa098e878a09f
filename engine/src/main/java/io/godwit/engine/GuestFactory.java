package io.godwit.engine;

import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.engine.guest.kvm.BootImage;
import io.godwit.engine.guest.kvm.KvmGuest;
import io.godwit.engine.guest.kvm.SerialLine;
import io.godwit.engine.guest.workload.Manners;
import io.godwit.engine.guest.workload.WorkloadDisk;
import io.godwit.engine.guest.workload.WorkloadGuest;
import io.godwit.engine.guest.workload.WorkloadPlan;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.KernelFeatures;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes the guest that a spec describes. The only place that knows all kinds. */
final class GuestFactory {
    /** As QEMU calls a PC's main memory: management software looks for the name. */
    private static final String RAM_BLOCK = "pc.ram";

    private static final String MEMFD = "godwit-ram";

    private GuestFactory() {}

    static Guest create(GuestSpec spec, KvmGuest.Listener listener) throws IOException {
        refuseWhatTheKernelLacks(spec);
        return switch (spec.kind()) {
            case GuestSpec.Kvm kvm -> {
                BootImage image = kvm.bootImage().isPresent()
                        ? BootImage.read(kvm.bootImage().get())
                        : BootImage.builtIn(spec.memoryBytes(), kvm.hogBytes());
                SerialLine serial = open(kvm.serial());
                yield KvmGuest.create(ram(spec, serial), kvm.cpus(), image, serial, spec.incoming(), listener);
            }
            case GuestSpec.Workload workload -> {
                MemoryBlock ram = ram(spec);
                yield WorkloadGuest.create(WorkloadPlan.ofBytes(workload.threads(), workload.fillBytes(),
                        workload.hogBytes(), workload.dirtyBytes(), workload.pagesPerSecond()), ram,
                        disk(workload, ram), spec.incoming(), manners(workload.freeMemory()));
            }
            case GuestSpec.Held() -> spec.ram() instanceof GuestSpec.Ram.MappedRamFile(var file)
                    ? HeldGuest.inFile(file, spec.memoryBytes(), spec.sealsFiles())
                    : HeldGuest.inMemory(spec.memoryBytes());
        };
    }

    private static Manners manners(GuestSpec.FreeMemory free) {
        return new Manners(free.residency(), free.hints(), free.reporting(), free.balloon());
    }

    /** A migration must not be the first to find out. What KVM itself lacks is named when it is opened. */
    private static void refuseWhatTheKernelLacks(GuestSpec spec) throws IOException {
        KernelFeatures kernel = KernelFeatures.probe();
        List<String> lacking = new ArrayList<>(kernel.pagemap().stream().toList());
        if (spec.kind() instanceof GuestSpec.Workload) {
            lacking.addAll(kernel.dirtyTracking());
        }
        if (!lacking.isEmpty()) {
            throw new IOException("This host cannot migrate such a guest: " + String.join("; ", lacking));
        }
    }

    /** Closes {@code serial} when there is no memory. */
    private static MemoryBlock ram(GuestSpec spec, SerialLine serial) throws IOException {
        try {
            return ram(spec);
        } catch (IOException e) {
            serial.close();
            throw e;
        }
    }

    /** Closes {@code ram} when it cannot be opened. */
    private static @Nullable WorkloadDisk disk(GuestSpec.Workload workload, MemoryBlock ram) throws IOException {
        try {
            return workload.disk().isPresent()
                    ? WorkloadDisk.open(workload.disk().get(), workload.fillBytes())
                    : null;
        } catch (IOException e) {
            ram.close();
            throw e;
        }
    }

    private static MemoryBlock ram(GuestSpec spec) throws IOException {
        return new MemoryBlock(RAM_BLOCK, switch (spec.ram()) {
            case GuestSpec.Ram.Anonymous() -> Mapping.anonymous(spec.memoryBytes());
            case GuestSpec.Ram.Memfd(boolean hugePages) -> shared(hugePages
                    ? MemFd.createHuge(MEMFD, spec.memoryBytes())
                    : MemFd.create(MEMFD, spec.memoryBytes()), spec.memoryBytes());
            case GuestSpec.Ram.MappedRamFile _ -> throw new IllegalArgumentException(
                    "RAM in a mapped-ram file is for held guests only, got " + spec.kind());
        });
    }

    /** The mapping keeps a descriptor of its own. */
    private static Mapping shared(Fd memfd, long bytes) throws IOException {
        try (memfd) {
            return Mapping.shared(memfd, bytes);
        }
    }

    private static SerialLine open(GuestSpec.Serial serial) throws IOException {
        return switch (serial) {
            case GuestSpec.Serial.None() -> SerialLine.none();
            case GuestSpec.Serial.Stdio() -> SerialLine.stdio();
            case GuestSpec.Serial.ToFile(var path) -> SerialLine.toFile(path);
            case GuestSpec.Serial.UnixSocket(var path) -> SerialLine.unixSocket(path);
            case GuestSpec.Serial.PassedOn(var path, var descriptors) -> SerialLine.passedOn(path, descriptors);
        };
    }
}
