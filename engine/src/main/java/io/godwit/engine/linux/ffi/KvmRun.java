package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/**
 * Fields of {@code struct kvm_run} in linux/kvm.h: the page a vCPU shares with its VMM. What follows {@code exit_reason}
 * is a union, of which a member is valid after its own exit reason only.
 */
public final class KvmRun {
    public static final long offsetof_immediate_exit = 1;
    public static final long offsetof_exit_reason = 8;
    public static final long offsetof_union = 32;
    public static final long offsetof_io_direction = offsetof_union;
    public static final long offsetof_io_size = offsetof_union + 1;
    public static final long offsetof_io_port = offsetof_union + 2;
    public static final long offsetof_io_count = offsetof_union + 4;
    public static final long offsetof_io_data_offset = offsetof_union + 8;
    public static final long offsetof_mmio_phys_addr = offsetof_union;
    public static final long offsetof_mmio_data = offsetof_union + 8;
    public static final long offsetof_mmio_is_write = offsetof_union + 20;
    public static final long offsetof_internal_suberror = offsetof_union;
    public static final long offsetof_hw_hardware_exit_reason = offsetof_union;
    public static final long sizeof_kvm_run = 2352;

    private static final VarHandle IMMEDIATE_EXIT = JAVA_BYTE.varHandle();

    private KvmRun() {}

    /** mmap(2) of a vCPU's kvm_run: the address or -errno. */
    public static long mmap(int vcpu, long size) {
        return Mman.mmap(0, size, Mman.PROT_READ | Mman.PROT_WRITE, Mman.MAP_SHARED, vcpu, 0);
    }

    /** The {@code size} bytes that {@link #mmap} gave, until {@code arena} closes, which unmaps them. */
    @SuppressWarnings("restricted") // The address and size are those of a mapping that nobody else knows.
    public static MemorySegment segment(long address, long size, Arena arena) {
        return MemorySegment.ofAddress(address).reinterpret(size, arena, run -> Mman.munmap(run.address(), size));
    }

    /** Other threads set it, so the store is volatile: it must be there before the signal that follows. */
    public static void immediate_exit(MemorySegment run, boolean on) {
        IMMEDIATE_EXIT.setVolatile(run, offsetof_immediate_exit, (byte) (on ? 1 : 0));
    }

    public static int exit_reason(MemorySegment run) {
        return run.get(JAVA_INT, offsetof_exit_reason);
    }

    public static int io_direction(MemorySegment run) {
        return run.get(JAVA_BYTE, offsetof_io_direction);
    }

    public static int io_size(MemorySegment run) {
        return Byte.toUnsignedInt(run.get(JAVA_BYTE, offsetof_io_size));
    }

    public static int io_port(MemorySegment run) {
        return Short.toUnsignedInt(run.get(JAVA_SHORT, offsetof_io_port));
    }

    public static int io_count(MemorySegment run) {
        return run.get(JAVA_INT, offsetof_io_count);
    }

    public static long io_data_offset(MemorySegment run) {
        return run.get(JAVA_LONG, offsetof_io_data_offset);
    }

    public static long mmio_phys_addr(MemorySegment run) {
        return run.get(JAVA_LONG, offsetof_mmio_phys_addr);
    }

    public static boolean mmio_is_write(MemorySegment run) {
        return run.get(JAVA_BYTE, offsetof_mmio_is_write) != 0;
    }

    /** For reads: eight bytes, of which KVM takes as many as the guest asked for. */
    public static void mmio_data(MemorySegment run, long value) {
        run.set(JAVA_LONG, offsetof_mmio_data, value);
    }

    /** {@code internal.suberror}. */
    public static int internal_suberror(MemorySegment run) {
        return run.get(JAVA_INT, offsetof_internal_suberror);
    }

    /** {@code hw.hardware_exit_reason} or {@code fail_entry.hardware_entry_failure_reason}: both come first. */
    public static long hw_hardware_exit_reason(MemorySegment run) {
        return run.get(JAVA_LONG, offsetof_hw_hardware_exit_reason);
    }
}
