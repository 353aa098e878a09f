package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Ioctl;
import io.godwit.engine.linux.ffi.Kvm;
import io.godwit.engine.linux.ffi.KvmStructs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** The model-specific registers of one vCPU that are state: those that KVM lists, gives, and takes back. */
public final class KvmMsrs {
    private static final long HEADER = KvmStructs.kvm_msrs.byteSize();
    private static final long ENTRY = KvmStructs.kvm_msr_entry.byteSize();
    private static final long DATA = KvmStructs.kvm_msr_entry.byteOffset(KvmStructs.path("data"));

    private final Fd vcpu;
    private final int[] indices;

    private KvmMsrs(Fd vcpu, int[] indices) {
        this.vcpu = vcpu;
        this.indices = indices;
    }

    /** Tries each: KVM lists what it knows, a processor has fewer, and some of those can only be read. */
    static KvmMsrs of(Fd vcpu, int[] listed) {
        int[] usable = Arrays.stream(listed).filter(index -> isState(vcpu, index)).toArray();
        return new KvmMsrs(vcpu, usable);
    }

    private static boolean isState(Fd vcpu, int index) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment msrs = allocate(arena, index);
            return Ioctl.ioctl(vcpu.number(), Kvm.KVM_GET_MSRS, msrs) == 1
                    && Ioctl.ioctl(vcpu.number(), Kvm.KVM_SET_MSRS, msrs) == 1;
        }
    }

    /** Which they are: a copy. */
    public int[] indices() {
        return indices.clone();
    }

    /** Their values, in the order of {@link #indices}. */
    public long[] values() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment msrs = allocate(arena, indices);
            int got = ErrnoException.check(Ioctl.ioctl(vcpu.number(), Kvm.KVM_GET_MSRS, msrs), "KVM: get MSRs");
            if (got != indices.length) {
                throw new IOException("KVM: get MSR 0x" + Integer.toHexString(indices[got]) + ": refused");
            }
            var values = new long[got];
            for (int i = 0; i < got; i++) {
                values[i] = msrs.get(JAVA_LONG, HEADER + i * ENTRY + DATA);
            }
            return values;
        }
    }

    /**
     * Sets any MSRs, in this order.
     *
     * @throws IOException naming the first that KVM does not know or whose value it refuses; those before it are set
     */
    public void set(int[] index, long[] value) throws IOException {
        if (index.length == 0) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment msrs = allocate(arena, index);
            for (int i = 0; i < value.length; i++) {
                msrs.set(JAVA_LONG, HEADER + i * ENTRY + DATA, value[i]);
            }
            int taken = ErrnoException.check(Ioctl.ioctl(vcpu.number(), Kvm.KVM_SET_MSRS, msrs), "KVM: set MSRs");
            if (taken < index.length) {
                throw new IOException("KVM: set MSR 0x" + Integer.toHexString(index[taken]) + " to 0x"
                        + Long.toHexString(value[taken]) + ": refused");
            }
        }
    }

    private static MemorySegment allocate(Arena arena, int... indices) {
        MemorySegment msrs = arena.allocate(HEADER + indices.length * ENTRY, Long.BYTES);
        msrs.set(JAVA_INT, 0, indices.length);
        for (int i = 0; i < indices.length; i++) {
            msrs.set(JAVA_INT, HEADER + i * ENTRY, indices[i]);
        }
        return msrs;
    }
}
