package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.guest.Device;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A guest with its serial line and its listener, and what tests do with the three. */
final class TestGuest implements AutoCloseable, KvmGuest.Listener {
    final RecordingLine line = new RecordingLine();
    final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    final KvmGuest guest;

    private TestGuest(long ramBytes, int cpus, BootImage image, boolean incoming) throws IOException {
        guest = KvmGuest.create(new MemoryBlock("pc.ram", Mapping.anonymous(ramBytes)), cpus, image, line, incoming,
                this);
    }

    static TestGuest running(BootImage image) throws IOException {
        return new TestGuest(16 << 20, 1, image, false);
    }

    static TestGuest with(long ramBytes, int cpus, BootImage image) throws IOException {
        return new TestGuest(ramBytes, cpus, image, false);
    }

    static TestGuest incoming(long ramBytes, int cpus) throws IOException {
        return new TestGuest(ramBytes, cpus, BootImage.builtIn(ramBytes), true);
    }

    /** A program of a few bytes. */
    static BootImage program(int... bytes) throws IOException {
        var image = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            image[i] = (byte) bytes[i];
        }
        return BootImage.of(image);
    }

    /** A busy built-in guest: many touches, eight lines a second. */
    static BootImage busy() throws IOException {
        return BootImage.heartbeat(new Heartbeat(512, 128, 64, 12));
    }

    @Override
    public void crashed(String reason) {
        events.add("crashed: " + reason);
    }

    @Override
    public void reset() {
        events.add("reset");
    }

    long progress() throws IOException {
        assertThat(guest.verify()).isInstanceOf(Guest.Verification.Intact.class);
        return ((Guest.Verification.Intact) guest.verify()).progress();
    }

    int word(long address) {
        try (var buffer = new NativeBuffer(4096)) {
            guest.ram().getFirst().memory().copyTo(address, buffer.segment(), 0, 4);
            return buffer.segment().get(ValueLayout.JAVA_INT, 0);
        }
    }

    void setWord(long address, int value) {
        try (var buffer = new NativeBuffer(4096)) {
            buffer.segment().set(ValueLayout.JAVA_INT, 0, value);
            guest.ram().getFirst().memory().copyFrom(address, buffer.segment(), 0, 4);
        }
    }

    /** RAM and devices of a paused guest, copied into one that waits for them. */
    void moveTo(TestGuest target) throws IOException {
        Mapping from = guest.ram().getFirst().memory();
        Mapping to = target.guest.ram().getFirst().memory();
        try (var buffer = new NativeBuffer(1 << 20)) {
            MemorySegment chunk = buffer.segment();
            for (long at = 0; at < from.byteSize(); at += chunk.byteSize()) {
                from.copyTo(at, chunk, 0, chunk.byteSize());
                to.copyFrom(at, chunk, 0, chunk.byteSize());
            }
        }
        for (int i = 0; i < guest.devices().size(); i++) {
            Device source = guest.devices().get(i);
            Device destination = target.guest.devices().get(i);
            assertThat(destination.name()).isEqualTo(source.name());
            assertThat(destination.instanceId()).isEqualTo(source.instanceId());
            var body = new DeviceBody(DeviceBody.of(source));
            destination.load(body, source.version());
            assertThat(body.remaining()).as(source.name()).isZero();
        }
    }

    /** Copies the pages of a set, and empties it. */
    void copyPages(PageBitmap pages, TestGuest target) {
        try (var buffer = new NativeBuffer(4096)) {
            for (long page = pages.nextSet(0); page >= 0; page = pages.nextSet(page + 1)) {
                guest.ram().getFirst().memory().copyTo(page * 4096, buffer.segment(), 0, 4096);
                target.guest.ram().getFirst().memory().copyFrom(page * 4096, buffer.segment(), 0, 4096);
            }
        }
        pages.clearAll();
    }

    List<Long> differingPages(TestGuest other) {
        var differing = new ArrayList<Long>();
        try (var buffer = new NativeBuffer(4096)) {
            for (long page = 0; page < guest.ram().getFirst().pages(); page++) {
                guest.ram().getFirst().memory().copyTo(page * 4096, buffer.segment(), 0, 4096);
                if (!other.guest.ram().getFirst().memory().contentEquals(page * 4096, buffer.segment(), 0, 4096)) {
                    differing.add(page);
                }
            }
        }
        return differing;
    }

    @Override
    public void close() {
        guest.close();
    }
}
