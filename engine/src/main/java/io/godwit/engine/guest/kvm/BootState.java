package io.godwit.engine.guest.kvm;

import io.godwit.engine.linux.KvmIrqchip;
import io.godwit.engine.linux.KvmRegisters;
import io.godwit.engine.linux.KvmStruct;
import io.godwit.engine.linux.KvmVcpu;
import io.godwit.engine.linux.KvmVm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The machine at the moment in which a PC's firmware jumps to a boot sector: what power-on gives, and on top of it what
 * SeaBIOS leaves in the interrupt controllers and the timer. There is no firmware, so this is where a guest starts and
 * whither a reset brings it back.
 */
final class BootState {
    private static final int BOOT_DRIVE = 0x80;
    private static final int RFLAGS_ALWAYS_SET = 2;

    private static final int MASTER_VECTOR = 0x08;
    private static final int SLAVE_VECTOR = 0x70;
    private static final int MASTER_MASK = 0xb8; // timer, keyboard, cascade and floppy are let through
    private static final int SLAVE_MASK = 0x8f;
    private static final int PIT_FULL_COUNT = 0x1_0000; // 18.2 Hz
    private static final int PIT_MODE_RATE_GENERATOR = 2;
    private static final int PIT_LOW_THEN_HIGH = 3;

    private static final int APIC_SPURIOUS = 0xf0;
    private static final int APIC_LINT0 = 0x350;
    private static final int APIC_LINT1 = 0x360;
    private static final int APIC_ENABLED = 0x1ff;
    private static final int DELIVER_EXTINT = 0x700;
    private static final int DELIVER_NMI = 0x400;

    private final List<CpuState> cpus = new ArrayList<>();
    private final Map<KvmIrqchip, byte[]> irqchips = new EnumMap<>(KvmIrqchip.class);
    private final byte[] pit;

    /** Reads it from a machine that was just made. */
    BootState(KvmVm vm, List<KvmVcpu> vcpus, int bootAddress) throws IOException {
        for (KvmVcpu vcpu : vcpus) {
            cpus.add(CpuState.of(vcpu));
        }
        for (KvmIrqchip chip : KvmIrqchip.values()) {
            irqchips.put(chip, vm.irqchip(chip));
        }
        pit = vm.pit();
        startAt(cpus.getFirst(), bootAddress);
        programPic(KvmIrqchip.PIC_MASTER, MASTER_VECTOR, MASTER_MASK);
        programPic(KvmIrqchip.PIC_SLAVE, SLAVE_VECTOR, SLAVE_MASK);
        programPit();
    }

    /** Only the first processor: the others wait for a SIPI, as power-on leaves them. */
    private static void startAt(CpuState cpu, int bootAddress) {
        KvmStruct.sregs(cpu.part(KvmRegisters.SREGS)).set("cs.selector", 0).set("cs.base", 0).set("idt.base", 0)
                .set("idt.limit", 0x3ff);
        KvmStruct.regs(cpu.part(KvmRegisters.REGS)).set("rip", bootAddress).set("rdx", BOOT_DRIVE).set("rflags",
                RFLAGS_ALWAYS_SET);
        ByteBuffer lapic = ByteBuffer.wrap(cpu.part(KvmRegisters.LAPIC)).order(ByteOrder.LITTLE_ENDIAN);
        lapic.putInt(APIC_SPURIOUS, APIC_ENABLED);
        lapic.putInt(APIC_LINT0, DELIVER_EXTINT); // how the PIC's interrupts reach the processor
        lapic.putInt(APIC_LINT1, DELIVER_NMI);
    }

    private void programPic(KvmIrqchip chip, int vector, int mask) {
        byte[] state = irqchips.get(chip);
        if (state != null) {
            KvmStruct.pic(state).set("pic.irq_base", vector).set("pic.imr", mask).set("pic.init_state", 0)
                    .set("pic.init4", 1);
        }
    }

    private void programPit() {
        KvmStruct.pit(pit).set("channels[0].count", PIT_FULL_COUNT).set("channels[0].mode", PIT_MODE_RATE_GENERATOR)
                .set("channels[0].rw_mode", PIT_LOW_THEN_HIGH).set("channels[0].read_state", PIT_LOW_THEN_HIGH)
                .set("channels[0].write_state", PIT_LOW_THEN_HIGH).set("channels[0].gate", 1);
    }

    /** Brings the machine, which stands still, there. */
    void applyTo(KvmVm vm, List<KvmVcpu> vcpus) throws IOException {
        for (int i = 0; i < cpus.size(); i++) {
            cpus.get(i).applyTo(vcpus.get(i));
        }
        for (Map.Entry<KvmIrqchip, byte[]> chip : irqchips.entrySet()) {
            vm.setIrqchip(chip.getKey(), chip.getValue());
        }
        vm.setPit(pit);
    }
}
