package io.godwit.engine.snapshot;

import io.godwit.engine.linux.EventFd;
import io.godwit.engine.linux.FaultHandler;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.Userfaultfd;
import io.godwit.engine.paging.FaultStatistics;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread {@code write-faults}: who wants to write a page of frozen RAM waits until this has put a copy of it aside. It waits
 * for nobody, save for room when the disk is far behind, and allocates nothing. Owns what stops it.
 */
final class WriteFaultThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(WriteFaultThread.class);
    /** Neighbours of the page that is written next, most likely: waking a thread takes longer than copying them. */
    private static final long AROUND_BYTES = 64 << 10;
    /** After a fault the next one is likely to come before a sleeper could be woken for it, which takes some 40 us. */
    private static final long SPIN_NANOS = 40_000;

    private final FrozenRam ram;
    private final Userfaultfd userfaultfd;
    private final FaultStatistics statistics;
    private final EventFd stop;
    private final Thread thread;
    private volatile @Nullable Throwable broken;

    /** Starts it. Everything is lent. */
    WriteFaultThread(FrozenRam ram, Userfaultfd userfaultfd, FaultStatistics statistics) throws IOException {
        this.ram = ram;
        this.userfaultfd = userfaultfd;
        this.statistics = statistics;
        stop = new EventFd();
        thread = Thread.ofPlatform().name("write-faults").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /** Shows when faults are not served any more: what was written since is lost. */
    void check() throws IOException {
        Throwable reason = broken;
        if (reason != null) {
            throw new IOException("the guest's writes cannot be followed any more: " + reason.getMessage(), reason);
        }
    }

    private void run() {
        try (FaultHandler handler = ram.lifter(); var poll = new Poll(stop)) {
            while (poll.awaitReadable(userfaultfd.fd(), Poll.FOREVER) == Poll.Outcome.READY) {
                serveWhileTheyCome(handler);
            }
        } catch (IOException | RuntimeException | Error e) {
            LOG.error("writes to frozen RAM are not served any more, the snapshot is lost", e);
            broken = e;
            ram.letGo();
            ram.unprotect(); // the guest goes on, whatever it costs
        }
    }

    private void serveWhileTheyCome(FaultHandler handler) throws IOException {
        long last = System.nanoTime();
        while (System.nanoTime() - last < SPIN_NANOS) {
            while (handler.next()) {
                long began = System.nanoTime();
                statistics.fault();
                serve(handler);
                last = System.nanoTime();
                statistics.served(last - began);
            }
            Thread.onSpinWait();
        }
    }

    private void serve(FaultHandler handler) throws IOException {
        for (int i = 0; i < ram.blocks().size(); i++) {
            Mapping memory = ram.blocks().get(i).memory();
            if (handler.isIn(memory)) {
                serve(handler, i, handler.offsetIn(memory));
                return;
            }
        }
        throw new IllegalStateException("a fault outside all RAM");
    }

    private void serve(FaultHandler handler, int index, long offset) throws IOException {
        FrozenBlock block = ram.blocks().get(index);
        if (!ram.liftUnlessFrozen(handler, block, offset)) {
            long unit = offset / block.unitBytes();
            int count = block.take(unit, unit + (ram.aside().hasPlenty() ? around(block) : 1));
            if (count > 0) {
                putAside(handler, index, unit, count);
            } else if (block.isDone(unit)) { // its protection was lifted before this one began to wait
                block.lift(handler, unit, 1);
            } // else who has taken it is about to lift it
        }
    }

    private static long around(FrozenBlock block) {
        return Math.max(1, AROUND_BYTES / block.unitBytes());
    }

    private void putAside(FaultHandler handler, int index, long unit, int count) throws IOException {
        FrozenBlock block = ram.blocks().get(index);
        long length = count * block.unitBytes();
        long at = ram.aside().reserve(length);
        if (at >= 0) {
            block.copy(unit, count, ram.aside().buffer(), at);
        }
        block.lift(handler, unit, count);
        if (at >= 0) {
            ram.aside().put(index, unit * block.unitBytes(), length);
            ram.copied(count);
        }
    }

    /** Returns when it has ended. Idempotent. */
    @Override
    public void close() {
        stop.signal();
        NativeThread.join(thread);
        stop.close();
    }
}
