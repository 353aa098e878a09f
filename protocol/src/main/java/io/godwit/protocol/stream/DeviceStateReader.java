package io.godwit.protocol.stream;

import java.io.IOException;

/** Reads the body of one device section field by field, big-endian. The names are for messages; the order is the contract. */
public interface DeviceStateReader {

    int u8(String name) throws IOException;

    int u16(String name) throws IOException;

    int u32(String name) throws IOException;

    long u64(String name) throws IOException;

    /** Exactly {@code length} bytes, which the caller has bounded. */
    byte[] buffer(String name, int length) throws IOException;
}
