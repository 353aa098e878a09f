package io.godwit.engine;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.godwit.engine.guest.Device;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.NativeGuest;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.IOException;
import java.util.List;

/** A guest that does nothing by itself: the test writes its pages and says when. One block, one device with a number. */
final class MemoryGuest implements NativeGuest {
    private final MemoryBlock block;
    private final NativeBuffer page = new NativeBuffer(RamBlock.PAGE_SIZE);
    private final PageBitmap dirty;
    private final CounterDevice device = new CounterDevice();
    private volatile boolean running;
    private volatile boolean logging;
    private volatile int throttle;
    Runnable afterTakeDirty = () -> {};

    MemoryGuest(int pages) throws IOException {
        block = new MemoryBlock("pc.ram", Mapping.anonymous((long) pages * RamBlock.PAGE_SIZE));
        dirty = new PageBitmap(pages);
    }

    /** Fills a page with {@code value}, as the guest's program would. */
    synchronized void write(long index, long value) {
        for (int at = 0; at < RamBlock.PAGE_SIZE; at += Long.BYTES) {
            page.segment().set(JAVA_LONG_UNALIGNED, at, value);
        }
        block.memory().copyFrom(index * RamBlock.PAGE_SIZE, page.segment(), 0, RamBlock.PAGE_SIZE);
        if (logging) {
            dirty.set(index);
        }
    }

    /** The value a page is filled with. */
    synchronized long read(long index) {
        block.memory().copyTo(index * RamBlock.PAGE_SIZE, page.segment(), 0, RamBlock.PAGE_SIZE);
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
        return List.of(block);
    }

    @Override
    public List<Device> devices() {
        return List.of(device);
    }

    @Override
    public List<Integer> cpuThreadIds() {
        return List.of();
    }

    @Override
    public void pause() {
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
                synchronized (MemoryGuest.this) {
                    into.or(dirty);
                    dirty.clearAll();
                }
                afterTakeDirty.run();
            }

            @Override
            public void close() {
                logging = false;
            }
        };
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
        block.close();
        page.close();
    }

    /** A device that holds one number. */
    static final class CounterDevice implements Device {
        volatile long counter;

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
        }
    }
}
