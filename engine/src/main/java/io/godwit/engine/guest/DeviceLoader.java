package io.godwit.engine.guest;

import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.WireInput;
import java.io.IOException;
import java.util.List;

/**
 * Loads the FULL sections. They come in the order of the guest's devices, each once, and none is left out but one that is not
 * {@linkplain Device#isNeeded needed}: a body has no length, so nothing unknown can be skipped.
 */
final class DeviceLoader {
    private final List<Device> expected;
    private int loaded;

    DeviceLoader(List<Device> expected) {
        this.expected = List.copyOf(expected);
    }

    void load(SectionHeader header, WireInput in) throws IOException {
        while (loaded < expected.size() && !isOf(header, expected.get(loaded)) && !expected.get(loaded).isNeeded()) {
            loaded++;
        }
        if (loaded == expected.size()) {
            throw new IncompatibleStreamException("device section %s after the last one expected"
                    .formatted(describe(header.name(), header.instance())));
        }
        Device device = expected.get(loaded);
        if (!isOf(header, device)) {
            throw new IncompatibleStreamException(
                    "device section %s, expected %s: start both sides with the same devices".formatted(
                            describe(header.name(), header.instance()), describe(device.name(), device.instanceId())));
        }
        if (header.version() < 1 || header.version() > device.version()) {
            throw new IncompatibleStreamException("device section %s has version %s, expected 1 to %d".formatted(
                    describe(header.name(), header.instance()), Integer.toUnsignedString(header.version()),
                    device.version()));
        }
        device.load(new Fields(in), header.version());
        SectionHeader.readFooter(in, header.id(), header.name());
        loaded++;
    }

    private static boolean isOf(SectionHeader header, Device device) {
        return header.name().equals(device.name()) && header.instance() == device.instanceId();
    }

    /** To be called at the stream's EOF. */
    void checkComplete() throws IOException {
        while (loaded < expected.size() && !expected.get(loaded).isNeeded()) {
            loaded++;
        }
        if (loaded < expected.size()) {
            Device device = expected.get(loaded);
            throw new IncompatibleStreamException(
                    "the stream has no device section " + describe(device.name(), device.instanceId()));
        }
    }

    private static String describe(String name, int instance) {
        return "'" + name + "' " + Integer.toUnsignedString(instance);
    }

    /** The stream as a device sees it: it must not read beyond its own fields, and its footer tells if it did. */
    private record Fields(WireInput in) implements DeviceStateReader {

        @Override
        public int u8(String name) throws IOException {
            return in.u8();
        }

        @Override
        public int u16(String name) throws IOException {
            return in.u16();
        }

        @Override
        public int u32(String name) throws IOException {
            return in.u32();
        }

        @Override
        public long u64(String name) throws IOException {
            return in.u64();
        }

        @Override
        public byte[] buffer(String name, int length) throws IOException {
            return in.bytes(length);
        }
    }
}
