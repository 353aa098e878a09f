package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Kvm;

/** What the VMM cannot do without. Each is KVM_CAP_ and its name. */
enum KvmCapability {
    IRQCHIP(Kvm.KVM_CAP_IRQCHIP),
    USER_MEMORY(Kvm.KVM_CAP_USER_MEMORY),
    SET_TSS_ADDR(Kvm.KVM_CAP_SET_TSS_ADDR),
    EXT_CPUID(Kvm.KVM_CAP_EXT_CPUID),
    MP_STATE(Kvm.KVM_CAP_MP_STATE),
    PIT2(Kvm.KVM_CAP_PIT2),
    PIT_STATE2(Kvm.KVM_CAP_PIT_STATE2),
    SET_IDENTITY_MAP_ADDR(Kvm.KVM_CAP_SET_IDENTITY_MAP_ADDR),
    ADJUST_CLOCK(Kvm.KVM_CAP_ADJUST_CLOCK),
    VCPU_EVENTS(Kvm.KVM_CAP_VCPU_EVENTS),
    DEBUGREGS(Kvm.KVM_CAP_DEBUGREGS),
    XSAVE(Kvm.KVM_CAP_XSAVE),
    XCRS(Kvm.KVM_CAP_XCRS),
    IMMEDIATE_EXIT(Kvm.KVM_CAP_IMMEDIATE_EXIT),
    MANUAL_DIRTY_LOG_PROTECT2(Kvm.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2);

    final int number;

    KvmCapability(int number) {
        this.number = number;
    }
}
