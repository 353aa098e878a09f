package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Ioctl;
import io.godwit.engine.linux.ffi.Kvm;
import io.godwit.engine.linux.ffi.KvmStructs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** Owns /dev/kvm. Everything the VMM relies on is there, or {@link #open} says what is not. Source: KVM API, kvm.rst. */
public final class KvmSystem implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/kvm");
    private static final int MAX_CPUID_ENTRIES = 256;
    private static final int MAX_MSRS = 4096;

    private final Fd fd;

    private KvmSystem(Fd fd) {
        this.fd = fd;
    }

    /**
     * Opens /dev/kvm.
     *
     * @throws IOException when it cannot be opened, speaks another version of the API, or lacks capabilities: all are named
     */
    public static KvmSystem open() throws IOException {
        KvmSystem system = new KvmSystem(Fd.open(DEVICE, EnumSet.of(OpenFlag.READ, OpenFlag.WRITE), 0));
        try {
            system.checkVersion();
            system.checkCapabilities();
            return system;
        } catch (Throwable t) {
            system.close();
            throw t;
        }
    }

    private void checkVersion() throws IOException {
        int version = ErrnoException.check(Ioctl.ioctl(fd.number(), Kvm.KVM_GET_API_VERSION, 0),
                "ask /dev/kvm for its API version");
        if (version != Kvm.KVM_API_VERSION) {
            throw new IOException("/dev/kvm: API version " + version + ", expected " + Kvm.KVM_API_VERSION);
        }
    }

    private void checkCapabilities() throws IOException {
        List<String> missing = new ArrayList<>();
        for (KvmCapability capability : KvmCapability.values()) {
            if (extension(capability.number) <= 0) {
                missing.add("KVM_CAP_" + capability.name());
            }
        }
        if (!missing.isEmpty()) {
            throw new IOException("/dev/kvm: not supported by this kernel: " + String.join(", ", missing));
        }
    }

    private int extension(int capability) {
        return Ioctl.ioctl(fd.number(), Kvm.KVM_CHECK_EXTENSION, capability);
    }

    /** How many vCPUs a VM can have here. */
    public int maxVcpus() {
        int max = extension(Kvm.KVM_CAP_MAX_VCPUS);
        return max > 0 ? max : Math.max(1, extension(Kvm.KVM_CAP_NR_VCPUS));
    }

    /** A VM without memory and processors. */
    public KvmVm createVm() throws IOException {
        int vm = ErrnoException.check(Ioctl.ioctl(fd.number(), Kvm.KVM_CREATE_VM, 0), "create a VM");
        return new KvmVm(this, Fd.adopt(vm));
    }

    /** Bytes of kvm_run that a vCPU shares with its VMM. */
    long vcpuMmapSize() throws IOException {
        return ErrnoException.check(Ioctl.ioctl(fd.number(), Kvm.KVM_GET_VCPU_MMAP_SIZE, 0), "size of kvm_run");
    }

    /** A {@code kvm_cpuid2} with all that this KVM can show a guest. */
    MemorySegment supportedCpuid(Arena arena) throws IOException {
        MemorySegment cpuid = arena.allocate(KvmStructs.kvm_cpuid2.byteSize()
                + MAX_CPUID_ENTRIES * KvmStructs.kvm_cpuid_entry2.byteSize(), Long.BYTES);
        cpuid.set(ValueLayout.JAVA_INT, 0, MAX_CPUID_ENTRIES);
        ErrnoException.check(Ioctl.ioctl(fd.number(), Kvm.KVM_GET_SUPPORTED_CPUID, cpuid), "ask for supported CPUID");
        return cpuid;
    }

    /** The MSRs that this KVM calls state, whether or not every processor has them. */
    int[] msrIndices() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            long header = KvmStructs.kvm_msr_list.byteSize();
            MemorySegment list = arena.allocate(header + MAX_MSRS * (long) Integer.BYTES, Long.BYTES);
            list.set(ValueLayout.JAVA_INT, 0, MAX_MSRS);
            ErrnoException.check(Ioctl.ioctl(fd.number(), Kvm.KVM_GET_MSR_INDEX_LIST, list), "list MSRs");
            int count = list.get(ValueLayout.JAVA_INT, 0);
            return list.asSlice(header, count * (long) Integer.BYTES).toArray(ValueLayout.JAVA_INT);
        }
    }

    @Override
    public void close() {
        fd.close();
    }
}
