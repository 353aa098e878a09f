package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Kvm;
import io.godwit.engine.linux.ffi.KvmStructs;
import java.util.Locale;

/**
 * The parts of a vCPU's state that KVM gives and takes as one struct each, in the order in which they must be set: the mode
 * of the processor first, what depends on it after, whether it runs at all last.
 */
public enum KvmRegisters {
    SREGS(KvmStructs.kvm_sregs.byteSize(), Kvm.KVM_GET_SREGS, Kvm.KVM_SET_SREGS),
    /** Before XSAVE, whose layout it governs. */
    XCRS(Kvm.sizeof_kvm_xcrs, Kvm.KVM_GET_XCRS, Kvm.KVM_SET_XCRS),
    /** Holds the FPU's registers as well. */
    XSAVE(Kvm.sizeof_kvm_xsave, Kvm.KVM_GET_XSAVE, Kvm.KVM_SET_XSAVE),
    DEBUGREGS(Kvm.sizeof_kvm_debugregs, Kvm.KVM_GET_DEBUGREGS, Kvm.KVM_SET_DEBUGREGS),
    LAPIC(Kvm.sizeof_kvm_lapic_state, Kvm.KVM_GET_LAPIC, Kvm.KVM_SET_LAPIC),
    EVENTS(Kvm.sizeof_kvm_vcpu_events, Kvm.KVM_GET_VCPU_EVENTS, Kvm.KVM_SET_VCPU_EVENTS),
    REGS(KvmStructs.kvm_regs.byteSize(), Kvm.KVM_GET_REGS, Kvm.KVM_SET_REGS),
    /** Read it before all others: reading takes in a pending INIT or SIPI, which changes them. */
    MP_STATE(Kvm.sizeof_kvm_mp_state, Kvm.KVM_GET_MP_STATE, Kvm.KVM_SET_MP_STATE);

    private final int byteSize;
    final long getRequest;
    final long setRequest;

    KvmRegisters(long byteSize, long getRequest, long setRequest) {
        this.byteSize = Math.toIntExact(byteSize);
        this.getRequest = getRequest;
        this.setRequest = setRequest;
    }

    /** Size of the kernel's struct. */
    public int byteSize() {
        return byteSize;
    }

    /** What the field is called in the stream and in messages. */
    public String fieldName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
