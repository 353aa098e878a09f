package io.godwit.engine;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.guest.Device;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.NativeGuest;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * A guest that does nothing by itself: the test writes its pages and says when. Blocks "pc.ram", "rom1", ..., whose pages are
 * counted through, and one device with a number.
 */
final class MemoryGuest implements NativeGuest {
    private final List<Ram> ram = new ArrayList<>();
    private final NativeBuffer page = new NativeBuffer(RamBlock.PAGE_SIZE);
    private final CounterDevice device = new CounterDevice();
    private final FreePageHints hints;
    private final FreePages freePages;
    private volatile boolean running;
    private volatile boolean logging;
    private volatile int throttle;
    Runnable beforeTakeDirty = () -> {};
    Runnable afterTakeDirty = () -> {};
    /** What it does when there is another command. */
    Consumer<FreePageHints> asked = asking -> {};

    /** A block and the pages of it that were written while somebody took note. */
    private record Ram(MemoryBlock block, PageBitmap dirty) {}

    /** One block for each number of pages. */
    MemoryGuest(int... pages) throws IOException {
        this(Mapping::anonymous, pages);
    }

    private MemoryGuest(Memory memory, int... pages) throws IOException {
        for (int count : pages) {
            String name = ram.isEmpty() ? "pc.ram" : "rom" + ram.size();
            ram.add(new Ram(new MemoryBlock(name, memory.of((long) count * RamBlock.PAGE_SIZE)),
                    new PageBitmap(count)));
        }
        hints = new FreePageHints(ram(), this::ask);
        freePages = new FreePages(hints, new FreePageReporting(ram(), (block, first, pageCount) -> {}),
                new Balloon(0, () -> {}));
    }

    private void ask() {
        asked.accept(hints);
    }

    /** One whose blocks are memfds. */
    static MemoryGuest inMemfds(int... pages) throws IOException {
        return new MemoryGuest(bytes -> {
            try (Fd memfd = MemFd.create("test-ram", bytes)) {
                return Mapping.shared(memfd, bytes);
            }
        }, pages);
    }

    private interface Memory {
        Mapping of(long bytes) throws IOException;
    }

    /** One that can tell which pages it does not need. */
    MemoryGuest tellsFreePages(Consumer<FreePageHints> whenAsked) {
        asked = whenAsked;
        hints.offer();
        return this;
    }

    FreePageHints hints() {
        return hints;
    }

    /** Pages of all blocks together. */
    long pages() {
        return ram.stream().mapToLong(each -> each.block.pages()).sum();
    }

    /** How many pages have memory of their own. */
    long touched() throws IOException {
        var pending = new PendingPages(ram());
        pending.addTouched();
        return pending.count();
    }

    /** Does {@code work} with a page, given by its block and its number in that. */
    private void at(long index, BiConsumer<Ram, Long> work) {
        long left = index;
        for (Ram each : ram) {
            if (left < each.block.pages()) {
                work.accept(each, left);
                return;
            }
            left -= each.block.pages();
        }
        throw new IllegalArgumentException("page " + index + " of " + pages());
    }

    /** Fills a page with {@code value}, as the guest's program would. */
    void write(long index, long value) {
        edit(index, content -> {
            for (int at = 0; at < RamBlock.PAGE_SIZE; at += Long.BYTES) {
                content.set(JAVA_LONG_UNALIGNED, at, value);
            }
        });
    }

    /** As {@link #write}, unless it stands still; false then. */
    synchronized boolean writeIfRunning(long index, long value) {
        if (running) {
            write(index, value);
        }
        return running;
    }

    /** Writes a page that {@code change} changes, perhaps in nothing. */
    synchronized void edit(long index, Consumer<MemorySegment> change) {
        at(index, (target, number) -> {
            target.block.read(number * RamBlock.PAGE_SIZE, page.segment(), 0, RamBlock.PAGE_SIZE);
            change.accept(page.segment());
            target.block.write(number * RamBlock.PAGE_SIZE, page.segment(), 0, RamBlock.PAGE_SIZE);
            if (logging) {
                target.dirty.set(number);
            }
        });
    }

    /** All of a page. */
    synchronized byte[] content(long index) {
        at(index, (target, number) -> target.block.read(number * RamBlock.PAGE_SIZE, page.segment(), 0,
                RamBlock.PAGE_SIZE));
        return page.segment().toArray(JAVA_BYTE);
    }

    /** The value a page is filled with. */
    synchronized long read(long index) {
        at(index, (target, number) -> target.block.read(number * RamBlock.PAGE_SIZE, page.segment(), 0,
                RamBlock.PAGE_SIZE));
        return page.segment().get(JAVA_LONG_UNALIGNED, RamBlock.PAGE_SIZE - Long.BYTES);
    }

    CounterDevice device() {
        return device;
    }

    boolean isRunning() {
        return running;
    }

    boolean isLogging() {
        return logging;
    }

    int throttle() {
        return throttle;
    }

    @Override
    public String machineType() {
        return "godwit-test-1";
    }

    @Override
    public List<MemoryBlock> ram() {
        return ram.stream().map(Ram::block).toList();
    }

    @Override
    public List<Device> devices() {
        return List.of(device);
    }

    @Override
    public List<Integer> cpuThreadIds() {
        return List.of();
    }

    /** Waits for who is just writing with this guest's lock held. */
    @Override
    public synchronized void pause() {
        running = false;
    }

    @Override
    public void askToPause() {
        running = false;
    }

    @Override
    public void resume() {
        running = true;
    }

    @Override
    public void reset() {}

    @Override
    public DirtyLog startDirtyLog() {
        logging = true;
        return new DirtyLog() {
            @Override
            public void takeDirty(RamBlock taken, PageBitmap into) {
                beforeTakeDirty.run();
                takeEarly(taken, into);
                afterTakeDirty.run();
            }

            // What is to be done at a pass's end is not done in its middle.
            @Override
            public void takeEarly(RamBlock taken, PageBitmap into) {
                synchronized (MemoryGuest.this) {
                    ram.stream().filter(each -> each.block.equals(taken)).forEach(each -> {
                        into.or(each.dirty);
                        each.dirty.clearAll();
                    });
                }
            }

            @Override
            public void close() {
                logging = false;
            }
        };
    }

    @Override
    public Optional<FreePages> freePages() {
        return Optional.of(freePages);
    }

    @Override
    public void throttle(int percent) {
        throttle = percent;
    }

    @Override
    public Verification verify() {
        return new Verification.Unknown("the test looks for itself");
    }

    @Override
    public void close() {
        ram.forEach(each -> each.block.close());
        page.close();
    }

    /** A device that holds one number. */
    static final class CounterDevice implements Device {
        volatile long counter;
        volatile Runnable whileLoaded = () -> {};

        @Override
        public String name() {
            return "counter";
        }

        @Override
        public void save(DeviceStateWriter out) {
            out.u64("counter", counter);
        }

        @Override
        public void load(DeviceStateReader in, int version) throws IOException {
            counter = in.u64("counter");
            whileLoaded.run();
        }
    }
}
