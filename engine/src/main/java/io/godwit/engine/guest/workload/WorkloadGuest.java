package io.godwit.engine.guest.workload;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.guest.Device;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.NativeGuest;
import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A guest whose vCPUs are threads of this process that write its RAM, and its disk if it has one, by a {@link WorkloadPlan}. Owns
 * RAM, threads and disk.
 */
public final class WorkloadGuest implements NativeGuest {
    /** The name of its only block of RAM. */
    public static final String RAM_NAME = "pc.ram";

    private final MemoryBlock ram;
    private final @Nullable WorkloadDisk disk;
    private final Program program;
    private final WorkloadDevice device;
    private final PagePattern pattern = new PagePattern();
    private final Throttle throttle = new Throttle();
    private final FreePages freePages;
    private final Manners manners;
    private final RunGate gate;
    private final List<WorkloadThread> threads = new ArrayList<>();
    private final AtomicReference<@Nullable AsyncDirtyLog> dirtyLog = new AtomicReference<>();
    private boolean closed;

    private WorkloadGuest(WorkloadPlan plan, MemoryBlock ram, @Nullable WorkloadDisk disk, boolean incoming,
            Manners manners) {
        this.ram = ram;
        this.disk = disk;
        // A guest that waits for its program has none: let run before it comes, it idles.
        program = new Program(incoming ? new WorkloadPlan(plan.threads(), 0, 0, 0) : plan, 1);
        gate = new RunGate(plan.threads());
        this.manners = manners;
        freePages = new FreePages(new FreePageHints(List.of(ram), this::ask),
                new FreePageReporting(List.of(ram), this::givenBack), new Balloon(ram.pages(), this::ask));
        device = new WorkloadDevice(program, ram.pages(), freePages.balloon());
        var freeList = new FreeList(program, ram.pages(), freePages, manners, this::ask);
        for (int i = 0; i < plan.threads(); i++) {
            threads.add(new WorkloadThread(i, program, ram.memory(), pattern, gate, throttle, disk, freeList));
        }
    }

    /** A guest without a disk that tells nothing; else as the other. */
    public static WorkloadGuest create(WorkloadPlan plan, MemoryBlock ram, boolean incoming) {
        return create(plan, ram, null, incoming, Manners.SILENT);
    }

    /**
     * A guest that stands still. Takes ownership of {@code ram}, which is all zero, and of {@code disk}; both are closed when this
     * fails.
     *
     * @param disk what is touched is also written there
     * @param incoming the program will come with a migration
     * @throws IllegalArgumentException when the plan needs more pages than there are
     */
    public static WorkloadGuest create(WorkloadPlan plan, MemoryBlock ram, @Nullable WorkloadDisk disk,
            boolean incoming, Manners manners) {
        if (plan.usedPages() > ram.pages()) {
            ram.close();
            if (disk != null) {
                disk.close();
            }
            throw new IllegalArgumentException("workload uses " + plan.usedPages() + " pages, RAM has " + ram.pages());
        }
        var guest = new WorkloadGuest(plan, ram, disk, incoming, manners);
        guest.threads.forEach(WorkloadThread::start);
        guest.gate.awaitStill();
        return guest;
    }

    @Override
    public String machineType() {
        return "godwit-workload-1";
    }

    @Override
    public List<MemoryBlock> ram() {
        return List.of(ram);
    }

    @Override
    public List<Device> devices() {
        return List.of(device);
    }

    @Override
    public List<Integer> cpuThreadIds() {
        return threads.stream().map(WorkloadThread::id).toList();
    }

    @Override
    public void pause() {
        askToPause();
        gate.awaitStill();
    }

    @Override
    public void askToPause() {
        gate.close();
        threads.forEach(WorkloadThread::wake);
    }

    @Override
    public void resume() {
        gate.open();
    }

    @Override
    public void reset() throws IOException {
        ram.clear();
        AsyncDirtyLog log = dirtyLog.get();
        if (log != null) {
            log.discarded(0, ram.pages());
        }
        freePages.balloon().hold(0);
        program.restart(program.plan(), program.generation() + 1);
    }

    @Override
    public DirtyLog startDirtyLog() throws IOException {
        if (dirtyLog.get() != null) {
            throw new IllegalStateException("a dirty log is open already");
        }
        var log = new AsyncDirtyLog(ram, () -> dirtyLog.set(null));
        dirtyLog.set(log);
        return log;
    }

    /** Wakes the thread that answers. */
    private void ask() {
        threads.get(FreeList.REPORTER).wake();
    }

    @Override
    public Optional<FreePages> freePages() {
        return Optional.of(freePages);
    }

    @Override
    public boolean ramStartsZero() {
        return manners.residency();
    }

    private void givenBack(MemoryBlock block, long first, long pages) {
        AsyncDirtyLog log = dirtyLog.get();
        if (log != null) {
            log.discarded(first, pages);
        }
    }

    @Override
    public void throttle(int percent) {
        throttle.set(percent);
    }

    @Override
    public Verification verify() throws IOException {
        return new WorkloadVerifier(program, ram, pattern, disk).verify();
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        gate.abolish();
        threads.forEach(WorkloadThread::wake);
        threads.forEach(WorkloadThread::join);
        AsyncDirtyLog log = dirtyLog.get();
        if (log != null) {
            log.close();
        }
        pattern.close();
        ram.close();
        if (disk != null) {
            disk.close();
        }
    }
}
