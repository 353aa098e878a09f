package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.godwit.engine.linux.ffi.Ioctl;
import io.godwit.engine.linux.ffi.Kvm;
import io.godwit.engine.linux.ffi.KvmRun;
import io.godwit.engine.linux.ffi.KvmStructs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Owns a vCPU and the page it shares with the kernel. One thread runs it; its state is read and set while it does not run,
 * from any thread. {@link #requestExit} alone may come at any time.
 */
public final class KvmVcpu implements AutoCloseable {

    /** How a {@link #run} ended. */
    public enum Outcome {
        /** The guest needs its VMM: see {@link KvmVcpu#exit()}. */
        EXIT,
        /** A signal, a requested exit, or a change of the processor's state: what was begun is complete. Run again. */
        INTERRUPTED
    }

    private final Fd fd;
    private final int index;
    private final Arena arena;
    private final MemorySegment run;
    private final KvmExit exit;
    private final KvmMsrs msrs;

    private KvmVcpu(Fd fd, int index, Arena arena, MemorySegment run, KvmMsrs msrs) {
        this.fd = fd;
        this.index = index;
        this.arena = arena;
        this.run = run;
        this.msrs = msrs;
        exit = new KvmExit(run);
    }

    /** Takes ownership of {@code fd}, also when it fails. */
    static KvmVcpu create(KvmSystem system, Fd fd, int index) throws IOException {
        Arena arena = Arena.ofShared();
        try {
            setCpuid(system, fd, index);
            long size = system.vcpuMmapSize();
            if (size < KvmRun.sizeof_kvm_run) {
                throw new IOException("KVM: kvm_run of " + size + " bytes, expected at least " + KvmRun.sizeof_kvm_run);
            }
            long address = ErrnoException.check(KvmRun.mmap(fd.number(), size), "KVM: map kvm_run");
            MemorySegment run = KvmRun.segment(address, size, arena);
            return new KvmVcpu(fd, index, arena, run, KvmMsrs.of(fd, system.msrIndices()));
        } catch (Throwable t) {
            arena.close();
            fd.close();
            throw t;
        }
    }

    /** Every vCPU sees the same processor, except for its own number. */
    private static void setCpuid(KvmSystem system, Fd fd, int index) throws IOException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment cpuid = system.supportedCpuid(call);
            int entries = cpuid.get(JAVA_INT, 0);
            for (int i = 0; i < entries; i++) {
                long entry = KvmStructs.kvm_cpuid2.byteSize() + i * KvmStructs.kvm_cpuid_entry2.byteSize();
                int function = cpuid.get(JAVA_INT, entry);
                if (function == 1) {
                    long ebx = entry + KvmStructs.kvm_cpuid_entry2.byteOffset(KvmStructs.path("ebx"));
                    cpuid.set(JAVA_INT, ebx, (cpuid.get(JAVA_INT, ebx) & 0x00ff_ffff) | (index << 24));
                } else if (function == 0xb) {
                    cpuid.set(JAVA_INT, entry + KvmStructs.kvm_cpuid_entry2.byteOffset(KvmStructs.path("edx")), index);
                }
            }
            ErrnoException.check(Ioctl.ioctl(fd.number(), Kvm.KVM_SET_CPUID2, cpuid), "KVM: set CPUID");
        }
    }

    public int index() {
        return index;
    }

    /** Runs the guest until it needs its VMM or is interrupted. An exit that was handled is completed first. */
    public Outcome run() throws IOException {
        int result = Ioctl.ioctl(fd.number(), Kvm.KVM_RUN, 0);
        if (result >= 0) {
            return Outcome.EXIT;
        }
        Errno errno = Errno.ofResult(result);
        if (errno == Errno.EINTR || errno == Errno.EAGAIN) { // EAGAIN: a processor that waited for INIT or SIPI got it
            return Outcome.INTERRUPTED;
        }
        throw new ErrnoException("KVM: run vCPU " + index, result);
    }

    /** Why the last {@link #run} that gave {@link Outcome#EXIT} returned: always the same object. */
    public KvmExit exit() {
        return exit;
    }

    /**
     * While on, {@link #run} completes what the last exit began and returns at once. To stop a guest that runs, set it,
     * then send the vCPU's thread a signal. The store is seen by whoever gets the signal.
     */
    public void requestExit(boolean on) {
        KvmRun.immediate_exit(run, on);
    }

    /** One part of the state, as the kernel's struct has it. */
    public byte[] get(KvmRegisters part) throws IOException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment state = call.allocate(part.byteSize(), 64);
            ErrnoException.check(Ioctl.ioctl(fd.number(), part.getRequest, state), operation("get", part));
            return state.toArray(JAVA_BYTE);
        }
    }

    /** Sets one part of the state. The order of {@link KvmRegisters} is the one that works. */
    public void set(KvmRegisters part, byte[] value) throws IOException {
        if (value.length != part.byteSize()) {
            throw new IOException(
                    operation("set", part) + ": " + value.length + " bytes, expected " + part.byteSize());
        }
        try (Arena call = Arena.ofConfined()) {
            MemorySegment state = call.allocate(part.byteSize(), 64);
            state.copyFrom(MemorySegment.ofArray(value));
            ErrnoException.check(Ioctl.ioctl(fd.number(), part.setRequest, state), operation("set", part));
        }
    }

    private String operation(String verb, KvmRegisters part) {
        return "KVM: " + verb + " vCPU " + index + "'s " + part.fieldName();
    }

    /** Its model-specific registers. */
    public KvmMsrs msrs() {
        return msrs;
    }

    /** The thread that runs it must have ended. */
    @Override
    public void close() {
        if (fd.isOpen()) {
            arena.close();
            fd.close();
        }
    }
}
