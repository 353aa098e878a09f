package io.godwit.engine.guest.kvm;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.guest.Device;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;

/** How large the balloon is and should be, of a guest that has one: {@code u64 target_pages, u64 held_pages}. */
final class BalloonDevice implements Device {
    private final Balloon balloon;
    private final long ramPages;

    BalloonDevice(Balloon balloon, long ramPages) {
        this.balloon = balloon;
        this.ramPages = ramPages;
    }

    @Override
    public String name() {
        return "balloon";
    }

    @Override
    public boolean isNeeded() {
        return balloon.isOffered();
    }

    @Override
    public void save(DeviceStateWriter out) {
        out.u64("target_pages", balloon.targetPages());
        out.u64("held_pages", balloon.heldPages());
    }

    @Override
    public void load(DeviceStateReader in, int version) throws IOException {
        long target = pages(in, "target_pages");
        balloon.restore(target, pages(in, "held_pages"));
    }

    private long pages(DeviceStateReader in, String field) throws IOException {
        long value = in.u64(field);
        if (value < 0 || value > ramPages) {
            throw new MalformedStreamException(
                    "balloon: " + field + " is " + Long.toUnsignedString(value) + ", at most " + ramPages
                            + " expected");
        }
        return value;
    }
}
