package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.stream.RamRecord;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** A stream that a test makes section by section, record by record. The RAM section has the id 1. */
final class HandmadeStream {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final DataOutputStream out = new DataOutputStream(bytes);

    /** Header and configuration. */
    static HandmadeStream of(String machineType, String... capabilities) throws IOException {
        var stream = new HandmadeStream();
        stream.out.writeInt(0x5145564d);
        stream.out.writeInt(3);
        stream.out.writeByte(7);
        stream.out.writeInt(machineType.length());
        stream.out.writeBytes(machineType);
        if (capabilities.length > 0) {
            stream.out.writeByte(5);
            stream.name("configuration/capabilities").out.writeInt(1);
            stream.out.writeInt(capabilities.length);
            for (String capability : capabilities) {
                stream.name(capability);
            }
        }
        return stream;
    }

    /** Sections without what precedes them in a stream. */
    static HandmadeStream bare() {
        return new HandmadeStream();
    }

    private HandmadeStream name(String name) throws IOException {
        out.writeByte(name.length());
        out.writeBytes(name);
        return this;
    }

    /** START with blocks "pc.ram", "rom1", ... */
    HandmadeStream start(long... pages) throws IOException {
        return list(pages).eos();
    }

    /** START, open after its list of blocks. */
    HandmadeStream list(long... pages) throws IOException {
        out.writeByte(1);
        out.writeInt(1);
        name("ram").out.writeInt(0);
        out.writeInt(4);
        out.writeLong(Arrays.stream(pages).sum() * RamBlock.PAGE_SIZE | RamRecord.MEM_SIZE);
        for (int i = 0; i < pages.length; i++) {
            name(i == 0 ? "pc.ram" : "rom" + i).out.writeLong(pages[i] * RamBlock.PAGE_SIZE);
        }
        return this;
    }

    /** The mark of multifd. */
    HandmadeStream flush() throws IOException {
        out.writeLong(RamRecord.MULTIFD_FLUSH);
        return this;
    }

    HandmadeStream part() throws IOException {
        return section(2);
    }

    HandmadeStream end() throws IOException {
        return section(3);
    }

    private HandmadeStream section(int type) throws IOException {
        out.writeByte(type);
        out.writeInt(1);
        return this;
    }

    /** The end of a RAM section. */
    HandmadeStream eos() throws IOException {
        out.writeLong(RamRecord.EOS);
        out.writeByte(0x7e);
        out.writeInt(1);
        return this;
    }

    private HandmadeStream record(String block, long page, int flags) throws IOException {
        out.writeLong(page * RamBlock.PAGE_SIZE | flags);
        return name(block);
    }

    /** A page that is filled with {@code value}, as {@link MemoryGuest#write} does it. */
    HandmadeStream page(String block, long page, long value) throws IOException {
        ByteBuffer content = ByteBuffer.allocate(RamBlock.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        while (content.hasRemaining()) {
            content.putLong(value);
        }
        record(block, page, RamRecord.PAGE).out.write(content.array());
        return this;
    }

    HandmadeStream zero(String block, long page) throws IOException {
        record(block, page, RamRecord.ZERO).out.writeByte(0);
        return this;
    }

    /** Changes the last of the page's longs. */
    HandmadeStream delta(String block, long page, long value) throws IOException {
        record(block, page, RamRecord.XBZRLE).out.writeByte(1);
        out.writeShort(2 + 1 + Long.BYTES);
        out.writeByte(0xf8); // 4088 unchanged bytes
        out.writeByte(0x1f);
        out.writeByte(Long.BYTES);
        out.writeLong(Long.reverseBytes(value));
        return this;
    }

    HandmadeStream command(int command, int... payload) throws IOException {
        out.writeByte(8);
        out.writeShort(command);
        out.writeShort(payload.length * Integer.BYTES);
        for (int value : payload) {
            out.writeInt(value);
        }
        return this;
    }

    HandmadeStream bytes(byte[] more) {
        bytes.writeBytes(more);
        return this;
    }

    /** What there is so far, or since the last call. */
    byte[] take() {
        byte[] taken = bytes.toByteArray();
        bytes.reset();
        return taken;
    }

    /** The device sections, EOF and VMDESCRIPTION of a paused {@link MemoryGuest} whose counter is {@code counter}. */
    static byte[] devices(Path directory, long counter) throws Exception {
        Path file = directory.resolve("devices");
        try (Side source = Side.running(1).unsealed()) {
            source.run.stop();
            source.guest.device().counter = counter;
            var out = source.migrate(new Endpoint.File(file, 0));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
        }
        byte[] stream = Files.readAllBytes(file);
        Files.delete(file);
        return devicesOf(stream);
    }

    /** What follows the RAM in a whole stream of a {@link MemoryGuest}. */
    static byte[] devicesOf(byte[] stream) {
        int name = new String(stream, StandardCharsets.ISO_8859_1).indexOf("\13globalstate");
        assertThat(name).isPositive();
        return Arrays.copyOfRange(stream, name - 5, stream.length);
    }

    /** Where in such device state the EOF stands. */
    static int eofOf(byte[] devices) {
        return new String(devices, StandardCharsets.ISO_8859_1).indexOf("{\"page_size\"") - 6;
    }
}
