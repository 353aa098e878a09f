package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Ioctl;
import io.godwit.engine.linux.ffi.Kvm;
import io.godwit.engine.linux.ffi.KvmStructs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Owns a VM: its interrupt controllers, timer, clock. Memory and vCPUs are owned by what {@link #addMemory} and
 * {@link #createVcpu} give; close those first. Any thread may call.
 */
public final class KvmVm implements AutoCloseable {
    /** Size of the struct that {@link #pit} gives. */
    public static final int PIT_BYTE_SIZE = Math.toIntExact(KvmStructs.kvm_pit_state2.byteSize());

    // Where Intel processors keep KVM's own pages: below the firmware, above all RAM. QEMU has them there, too.
    private static final long IDENTITY_MAP_ADDR = 0xfffb_c000L;
    private static final long TSS_ADDR = 0xfffb_d000L;

    private final KvmSystem system;
    private final Fd fd;

    KvmVm(KvmSystem system, Fd fd) {
        this.system = system;
        this.fd = fd;
    }

    /** The PICs, the I/O APIC, a local APIC for each vCPU to come, and the PIT, all in the kernel. Before any vCPU. */
    public void createInterruptControllersAndTimer() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment identityMap = arena.allocateFrom(JAVA_LONG, IDENTITY_MAP_ADDR);
            check(Ioctl.ioctl(fd.number(), Kvm.KVM_SET_IDENTITY_MAP_ADDR, identityMap), "place the identity map");
            check(Ioctl.ioctl(fd.number(), Kvm.KVM_SET_TSS_ADDR, TSS_ADDR), "place the TSS");
            check(Ioctl.ioctl(fd.number(), Kvm.KVM_CREATE_IRQCHIP, 0), "create the interrupt controllers");
            MemorySegment config = arena.allocate(KvmStructs.kvm_pit_config);
            config.set(JAVA_INT, 0, Kvm.KVM_PIT_SPEAKER_DUMMY);
            check(Ioctl.ioctl(fd.number(), Kvm.KVM_CREATE_PIT2, config), "create the PIT");
        }
    }

    /** From now on {@link KvmMemorySlot#takeDirty} alone protects pages anew. Before any dirty log is on. */
    public void protectDirtyPagesManually() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment cap = arena.allocate(KvmStructs.kvm_enable_cap);
            cap.set(JAVA_INT, 0, Kvm.KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2);
            cap.set(JAVA_LONG, KvmStructs.kvm_enable_cap.byteOffset(KvmStructs.path("args[0]")),
                    Kvm.KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE);
            check(Ioctl.ioctl(fd.number(), Kvm.KVM_ENABLE_CAP, cap), "enable KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2");
        }
    }

    /**
     * Shows the guest a piece of {@code memory} at guest-physical {@code guestAddress}.
     *
     * @param slot the caller's number for it, from 0
     * @param memory lent until the slot is closed
     * @param offset where in {@code memory} it begins
     */
    public KvmMemorySlot addMemory(int slot, long guestAddress, Mapping memory, long offset, long bytes)
            throws IOException {
        return new KvmMemorySlot(fd, slot, guestAddress, memory.at(offset, bytes), bytes);
    }

    /** A vCPU with everything this KVM can show it. Its state is that of a processor after power-on. */
    public KvmVcpu createVcpu(int index) throws IOException {
        int vcpu = check(Ioctl.ioctl(fd.number(), Kvm.KVM_CREATE_VCPU, index), "create vCPU " + index);
        return KvmVcpu.create(system, Fd.adopt(vcpu), index);
    }

    /** Sets the level of an input of the interrupt controllers. */
    public void setIrqLine(int irq, boolean high) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment level = arena.allocate(KvmStructs.kvm_irq_level);
            level.set(JAVA_INT, 0, irq);
            level.set(JAVA_INT, Integer.BYTES, high ? 1 : 0);
            check(Ioctl.ioctl(fd.number(), Kvm.KVM_IRQ_LINE, level), "set IRQ line " + irq);
        }
    }

    /** {@code struct kvm_irqchip}. */
    public byte[] irqchip(KvmIrqchip chip) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(KvmStructs.kvm_irqchip);
            state.set(JAVA_INT, 0, chip.number);
            return get(Kvm.KVM_GET_IRQCHIP, state, chip.fieldName());
        }
    }

    /** Sets what {@link #irqchip} gave, whatever chip its bytes name. */
    public void setIrqchip(KvmIrqchip chip, byte[] state) throws IOException {
        byte[] own = state.clone();
        KvmStruct.pic(own).set("chip_id", chip.number);
        set(Kvm.KVM_SET_IRQCHIP, own, chip.fieldName());
    }

    /** {@code struct kvm_pit_state2}. */
    public byte[] pit() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return get(Kvm.KVM_GET_PIT2, arena.allocate(KvmStructs.kvm_pit_state2), "PIT");
        }
    }

    public void setPit(byte[] state) throws IOException {
        set(Kvm.KVM_SET_PIT2, state, "PIT");
    }

    /** Nanoseconds of the guest's paravirtual clock. */
    public long clockNanos() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment clock = arena.allocate(KvmStructs.kvm_clock_data);
            check(Ioctl.ioctl(fd.number(), Kvm.KVM_GET_CLOCK, clock), "get clock");
            return clock.get(JAVA_LONG, 0);
        }
    }

    public void setClockNanos(long nanos) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment clock = arena.allocate(KvmStructs.kvm_clock_data); // flags 0: this value, as it is
            clock.set(JAVA_LONG, 0, nanos);
            check(Ioctl.ioctl(fd.number(), Kvm.KVM_SET_CLOCK, clock), "set clock");
        }
    }

    private byte[] get(long request, MemorySegment state, String what) throws IOException {
        check(Ioctl.ioctl(fd.number(), request, state), "get " + what);
        return state.toArray(JAVA_BYTE);
    }

    private void set(long request, byte[] state, String what) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(state.length, Long.BYTES);
            copy.copyFrom(MemorySegment.ofArray(state));
            check(Ioctl.ioctl(fd.number(), request, copy), "set " + what);
        }
    }

    private static int check(int result, String operation) throws IOException {
        return ErrnoException.check(result, "KVM: " + operation);
    }

    @Override
    public void close() {
        fd.close();
    }
}
