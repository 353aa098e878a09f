package io.godwit.protocol.stream;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** The device tail that QEMU 10.0.2 sent for {@code -machine none -m 16 -S}. */
final class StockTail {
    static final String TIMER = "04" + "00000000" + "05" + "74696d6572" + "00000000" + "00000002"
            + "000000000000000000000000000000000000000000000000" + "7e" + "00000000";
    static final String GLOBAL_STATE_BODY = "0000000a" + "7072656c61756e6368" + "00".repeat(23) + "00" + "00"
            + "00".repeat(66);
    static final String GLOBAL_STATE = "04" + "00000003" + "0b" + "676c6f62616c7374617465" + "00000000" + "00000001"
            + GLOBAL_STATE_BODY + "7e" + "00000003";
    static final String SECTIONS = TIMER + GLOBAL_STATE;

    static final String JSON = """
            {"configuration": {"vmsd_name": "configuration", "version": 1, "fields": [\
            {"name": "len", "type": "uint32", "size": 4}, {"name": "name", "type": "buffer", "size": 4}]}, \
            "page_size": 4096, "devices": [\
            {"name": "timer", "instance_id": 0, "vmsd_name": "timer", "version": 2, "fields": [\
            {"name": "cpu_ticks_offset", "type": "int64", "size": 8}, \
            {"name": "unused", "type": "unused_buffer", "size": 8}, \
            {"name": "cpu_clock_offset", "type": "int64", "size": 8}]}, \
            {"name": "globalstate", "instance_id": 0, "vmsd_name": "globalstate", "version": 1, "fields": [\
            {"name": "size", "type": "uint32", "size": 4}, {"name": "runstate", "type": "buffer", "size": 32}, \
            {"name": "has_vm_was_suspended", "type": "uint8", "size": 1}, \
            {"name": "vm_was_suspended", "type": "uint8", "size": 1}, \
            {"name": "unused", "type": "buffer", "size": 66}]}]}""";

    static final String DESCRIPTION = "06" + "00000337" + Bytes.hex(JSON);

    private StockTail() {}

    static byte[] bytes() {
        return HexFormat.of().parseHex(SECTIONS + "00" + DESCRIPTION);
    }

    static byte[] json() {
        return JSON.getBytes(StandardCharsets.US_ASCII);
    }
}
