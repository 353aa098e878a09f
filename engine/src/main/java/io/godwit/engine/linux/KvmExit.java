package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.godwit.engine.linux.ffi.Kvm;
import io.godwit.engine.linux.ffi.KvmRun;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** Why a vCPU stopped running: a view of what it shares with the kernel, valid until it runs again. */
public final class KvmExit {

    /** The reasons that a VMM with interrupt controllers in the kernel meets, and one for all others. */
    public enum Reason {
        IO,
        MMIO,
        HLT,
        SHUTDOWN,
        FAIL_ENTRY,
        INTERRUPTED,
        INTERNAL_ERROR,
        OTHER
    }

    private final MemorySegment run;

    KvmExit(MemorySegment run) {
        this.run = run;
    }

    public Reason reason() {
        return switch (KvmRun.exit_reason(run)) {
            case Kvm.KVM_EXIT_IO -> Reason.IO;
            case Kvm.KVM_EXIT_MMIO -> Reason.MMIO;
            case Kvm.KVM_EXIT_HLT -> Reason.HLT;
            case Kvm.KVM_EXIT_SHUTDOWN -> Reason.SHUTDOWN;
            case Kvm.KVM_EXIT_FAIL_ENTRY -> Reason.FAIL_ENTRY;
            case Kvm.KVM_EXIT_INTR, Kvm.KVM_EXIT_IRQ_WINDOW_OPEN -> Reason.INTERRUPTED;
            case Kvm.KVM_EXIT_INTERNAL_ERROR -> Reason.INTERNAL_ERROR;
            default -> Reason.OTHER;
        };
    }

    /** After IO: whether the guest writes to the port. */
    public boolean isOut() {
        return KvmRun.io_direction(run) == Kvm.KVM_EXIT_IO_OUT;
    }

    public int port() {
        return KvmRun.io_port(run);
    }

    /** After IO: bytes in one access, 1, 2 or 4. */
    public int width() {
        return KvmRun.io_size(run);
    }

    /** After IO: how many accesses to the port there are; more than one for string instructions. */
    public int count() {
        return KvmRun.io_count(run);
    }

    /** After IO: byte {@code i} of the {@code width * count} that are written, unsigned. */
    public int data(int i) {
        return Byte.toUnsignedInt(run.get(JAVA_BYTE, KvmRun.io_data_offset(run) + i));
    }

    /** After IO: sets byte {@code i} of the {@code width * count} that are read. */
    public void setData(int i, int value) {
        run.set(JAVA_BYTE, KvmRun.io_data_offset(run) + i, (byte) value);
    }

    /** After MMIO: if it is a read, it reads all ones, as where nothing answers. Writes need no answer. */
    public void answerNobodyThere() {
        if (!KvmRun.mmio_is_write(run)) {
            KvmRun.mmio_data(run, -1L);
        }
    }

    /** Reason and what the kernel tells about it, for a log. */
    @Override
    public String toString() {
        String name = reason().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        return switch (reason()) {
            case INTERNAL_ERROR -> name + ", suberror " + KvmRun.internal_suberror(run);
            case FAIL_ENTRY -> name + ", hardware reason 0x" + Long.toHexString(KvmRun.hw_hardware_exit_reason(run));
            case MMIO -> name + " at 0x" + Long.toHexString(KvmRun.mmio_phys_addr(run));
            case IO -> name + " port 0x" + Integer.toHexString(port());
            case OTHER -> "exit reason " + KvmRun.exit_reason(run);
            case HLT, SHUTDOWN, INTERRUPTED -> name;
        };
    }
}
