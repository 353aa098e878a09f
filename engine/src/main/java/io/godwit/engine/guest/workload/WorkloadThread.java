package io.godwit.engine.guest.workload;

import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeThread;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Owns one of the guest's threads: fills its part of the plan, writes and frees its part of the hog, then touches its part of
 * the working set, round and round. Stands still at the gate between two touches, never within one. Where there is a disk, each
 * page that was touched is written there, and the thread may stand still between the two, as a virtual machine may: then it is
 * made up for.
 */
final class WorkloadThread {
    private static final int BATCH_PAGES = 512;

    private final int index;
    private final Program program;
    private final Mapping memory;
    private final PagePattern pattern;
    private final RunGate gate;
    private final Throttle throttle;
    private final @Nullable WorkloadDisk disk;
    private final FreeList freeList;
    private final CompletableFuture<Integer> id = new CompletableFuture<>();
    private final Thread thread;

    /** @param disk lent */
    WorkloadThread(int index, Program program, Mapping memory, PagePattern pattern, RunGate gate, Throttle throttle,
            @Nullable WorkloadDisk disk, FreeList freeList) {
        this.index = index;
        this.program = program;
        this.memory = memory;
        this.pattern = pattern;
        this.gate = gate;
        this.throttle = throttle;
        this.disk = disk;
        this.freeList = freeList;
        thread = Thread.ofPlatform().name("workload-" + index).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** As the kernel knows it. */
    int id() {
        return id.join();
    }

    /** Ends a rest, so that the thread sees what has become of the gate. */
    void wake() {
        LockSupport.unpark(thread);
    }

    /** Returns when the thread has ended, which the gate has told it to. */
    void join() {
        NativeThread.join(thread);
    }

    private void run() {
        id.complete(NativeThread.currentId());
        boolean whole = false;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment header = arena.allocate(PagePattern.HEADER_BYTES, Long.BYTES);
            while (gate.pass()) {
                WorkloadPlan.Part part = program.plan().part(index);
                fill(part, header);
                hog(part, header);
                touch(part, header);
            }
            whole = true;
        } finally {
            if (!whole) {
                gate.lost();
            }
        }
    }

    private void fill(WorkloadPlan.Part part, MemorySegment header) {
        Position position = program.position(index);
        while (gate.isOpen() && position.filled < part.fillPages()) {
            position.filled = write(part.firstPage(), position.filled, part.fillPages(), header);
        }
    }

    private void hog(WorkloadPlan.Part part, MemorySegment header) {
        Position position = program.position(index);
        while (gate.isOpen() && position.hogged < part.hogPages()) {
            position.hogged = write(part.firstHogPage(), position.hogged, part.hogPages(), header);
        }
        if (position.hogged == part.hogPages() && position.filled == part.fillPages()) {
            freeList.free(index);
        }
    }

    /** Writes a batch of pages, the first of which is {@code done} behind {@code first}; returns how many of {@code all} are written. */
    private long write(long first, long done, long all, MemorySegment header) {
        long began = System.nanoTime();
        long end = Math.min(done + BATCH_PAGES, all);
        long written = done;
        while (gate.isOpen() && written < end) {
            pattern.write(memory, first + written, program.generation(), 0, header);
            written++;
        }
        rest(throttle.restAfter(System.nanoTime() - began));
        return written;
    }

    private void touch(WorkloadPlan.Part part, MemorySegment header) {
        if (part.dirtyPages() == 0 || program.plan().pagesPerSecond() == 0) {
            idle();
            return;
        }
        Position position = program.position(index);
        double interval = program.plan().touchIntervalNanos();
        var pacer = new Pacer(System.nanoTime());
        writeLastTouched(part, position);
        while (gate.isOpen()) {
            freeList.answerIfAsked(index);
            long wait = pacer.nanosToWait(System.nanoTime());
            if (wait > 0) {
                rest(wait);
            } else {
                pattern.write(memory, part.firstPage() + position.next, program.generation(), position.pass + 1,
                        header);
                position.touched(part.dirtyPages());
                pacer.touched(throttle.stretch(interval));
                writeLastTouched(part, position);
            }
        }
    }

    private void writeLastTouched(WorkloadPlan.Part part, Position position) {
        WorkloadDisk to = disk;
        long last = position.lastTouched(part.dirtyPages());
        if (to != null && last >= 0 && gate.isOpen()) {
            to.write(memory, part.firstPage() + last);
        }
    }

    private void idle() {
        while (gate.isOpen()) {
            freeList.answerIfAsked(index);
            LockSupport.park(gate);
        }
    }

    private void rest(long nanos) {
        if (nanos > 0 && gate.isOpen()) {
            LockSupport.parkNanos(gate, nanos); // ends early by wake(), or for no reason: the callers look again
        }
    }
}
