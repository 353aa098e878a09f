package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.Kvm;
import io.godwit.engine.linux.ffi.KvmStructs;
import java.util.Locale;

/** The interrupt controllers of a VM that are not part of a vCPU. */
public enum KvmIrqchip {
    PIC_MASTER(Kvm.KVM_IRQCHIP_PIC_MASTER),
    PIC_SLAVE(Kvm.KVM_IRQCHIP_PIC_SLAVE),
    IOAPIC(Kvm.KVM_IRQCHIP_IOAPIC);

    /** Size of the kernel's struct, the same for all. */
    public static final int BYTE_SIZE = Math.toIntExact(KvmStructs.kvm_irqchip.byteSize());

    final int number;

    KvmIrqchip(int number) {
        this.number = number;
    }

    /** What the field is called in the stream and in messages. */
    public String fieldName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
