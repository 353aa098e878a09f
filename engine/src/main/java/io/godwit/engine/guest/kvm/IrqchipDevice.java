package io.godwit.engine.guest.kvm;

import io.godwit.engine.guest.Device;
import io.godwit.engine.linux.KvmIrqchip;
import io.godwit.engine.linux.KvmVm;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.IOException;

/** An interrupt controller in the kernel as a section: the kernel's struct. */
final class IrqchipDevice implements Device {
    private final KvmVm vm;
    private final KvmIrqchip chip;

    /** @param vm lent */
    IrqchipDevice(KvmVm vm, KvmIrqchip chip) {
        this.vm = vm;
        this.chip = chip;
    }

    @Override
    public String name() {
        return switch (chip) {
            case PIC_MASTER, PIC_SLAVE -> "pic";
            case IOAPIC -> "ioapic";
        };
    }

    @Override
    public int instanceId() {
        return switch (chip) {
            case PIC_MASTER, IOAPIC -> 0;
            case PIC_SLAVE -> 1;
        };
    }

    @Override
    public void save(DeviceStateWriter out) throws IOException {
        out.buffer("irqchip", vm.irqchip(chip));
    }

    @Override
    public void load(DeviceStateReader in, int version) throws IOException {
        vm.setIrqchip(chip, in.buffer("irqchip", KvmIrqchip.BYTE_SIZE));
    }
}
