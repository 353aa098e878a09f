package io.godwit.protocol.stream;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Collects the body of one device section, big-endian, and what each field is called for the vmdesc. */
public final class DeviceStateWriter {
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final List<VmDescription.Field> fields = new ArrayList<>();

    /** An empty body. */
    public DeviceStateWriter() {}

    public DeviceStateWriter u8(String name, int value) {
        body.write(value);
        return field(name, 1, "uint8");
    }

    public DeviceStateWriter u16(String name, int value) {
        body.write(value >>> 8);
        body.write(value);
        return field(name, 2, "uint16");
    }

    public DeviceStateWriter u32(String name, int value) {
        for (int shift = 24; shift >= 0; shift -= 8) {
            body.write(value >>> shift);
        }
        return field(name, 4, "uint32");
    }

    public DeviceStateWriter u64(String name, long value) {
        for (int shift = 56; shift >= 0; shift -= 8) {
            body.write((int) (value >>> shift));
        }
        return field(name, 8, "uint64");
    }

    /** Bytes as they are: a kernel struct, say. The reader has to know how many. */
    public DeviceStateWriter buffer(String name, byte[] value) {
        body.writeBytes(value);
        return field(name, value.length, "buffer");
    }

    /** Text in {@code length} bytes, zero-padded. */
    public DeviceStateWriter text(String name, String value, int length) {
        byte[] bytes = value.getBytes(StandardCharsets.US_ASCII);
        if (bytes.length > length) {
            throw new IllegalArgumentException(name + ": " + bytes.length + " bytes, at most " + length);
        }
        body.writeBytes(bytes);
        body.writeBytes(new byte[length - bytes.length]);
        return field(name, length, "buffer");
    }

    private DeviceStateWriter field(String name, int size, String type) {
        fields.add(new VmDescription.Field(name, size, type));
        return this;
    }

    /** The section's body: a copy. */
    public byte[] body() {
        return body.toByteArray();
    }

    public List<VmDescription.Field> fields() {
        return List.copyOf(fields);
    }
}
