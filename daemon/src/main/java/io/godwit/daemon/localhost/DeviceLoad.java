package io.godwit.daemon.localhost;

import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.PackageOutput;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.StreamHeader;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Shows a QEMU that waits, with postcopy-ram, the device state of a guest that runs elsewhere: a postcopy that is broken off where
 * the guest would start. What its devices look for in memory is read from where the guest runs. Owns the connection.
 *
 * <pre>
 * header, CONFIGURATION, OPEN_RETURN_PATH, ADVISE, START ram { block list }, RAM_DISCARD *, PACKAGED { LISTEN, FULL *, PING }
 *                                          REQ_PAGES *, PONG: loaded        SHUT 1: refused
 * </pre>
 */
public final class DeviceLoad implements AutoCloseable {
    private static final int RAM_SECTION = 0x7fff;
    private static final int PAGE_BYTES = 4096;
    private static final int MOST_REQUESTED = 1 << 30;
    private static final int HEADER_BYTES = 8;
    private static final int MESSAGE_HEADER_BYTES = 4;

    private final SocketChannel channel;
    private final GuestMemoryMap map;
    private final FileChannel memory;
    private final String machineType;

    /** Whether the devices were taken. */
    public enum Verdict {
        LOADED,
        /** The QEMU knows why. */
        REFUSED
    }

    /** Connects to where the QEMU waits. */
    public DeviceLoad(Path socket, String machineType, GuestMemoryMap map, QemuProcess source) throws IOException {
        this.machineType = machineType;
        this.map = map;
        memory = source.memory();
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            memory.close();
            throw e;
        }
    }

    /**
     * Tries it, once.
     *
     * @param saved what {@code xen-save-devices-state} writes: header, FULL sections, EOF
     */
    public Verdict load(byte[] saved) throws IOException {
        if (saved.length <= HEADER_BYTES || saved.length > PackageInput.MAX_BYTES) {
            throw new IOException("device state of " + saved.length + " bytes, expected " + (HEADER_BYTES + 1) + " to "
                    + PackageInput.MAX_BYTES);
        }
        StreamHeader.read(new PackageInput(saved));
        try {
            send(opening(saved));
            return listen();
        } catch (EOFException e) {
            return Verdict.REFUSED; // it said why on its way out
        } catch (IOException e) {
            if (channel.isOpen() && String.valueOf(e.getMessage()).matches("Broken pipe|Connection reset.*")) {
                return Verdict.REFUSED;
            }
            throw e;
        }
    }

    private PackageOutput opening(byte[] saved) throws IOException {
        var out = new PackageOutput();
        StreamHeader.write(out);
        new Configuration(machineType, Optional.empty()).write(out);
        new StreamCommand.OpenReturnPath().write(out);
        long pageSizes = map.blocks().stream().mapToLong(GuestMemoryMap.Block::pageBytes).reduce(0, (a, b) -> a | b);
        new StreamCommand.PostcopyAdvise(pageSizes, PAGE_BYTES).write(out);
        writeBlockList(out);
        for (var block : map.blocks()) {
            new StreamCommand.PostcopyDiscard(block.name(), List.of(new StreamCommand.Range(0, block.bytes())))
                    .write(out);
        }
        writePackage(out, saved);
        return out;
    }

    private void writeBlockList(PackageOutput out) throws IOException {
        out.u8(SectionType.START.code());
        new SectionHeader(RAM_SECTION, SectionHeader.RAM, 0, SectionHeader.RAM_VERSION).write(out);
        RamBlockEntry.writeTotal(out,
                map.blocks().stream().map(block -> new RamBlockEntry(block.name(), block.bytes())).toList());
        for (var block : map.blocks()) {
            new RamBlockEntry(block.name(), block.bytes()).write(out);
            if (block.pageBytes() != PAGE_BYTES) {
                out.u64(block.pageBytes());
            }
        }
        endSection(out);
    }

    /** The word that the guest shall run does not follow: nothing of it is to happen. */
    private static void writePackage(PackageOutput out, byte[] saved) throws IOException {
        var content = new PackageOutput();
        new StreamCommand.PostcopyListen().write(content);
        byte[] sections = new byte[saved.length - HEADER_BYTES - 1];
        System.arraycopy(saved, HEADER_BYTES, sections, 0, sections.length);
        content.bytes(sections);
        new StreamCommand.Ping(StreamCommand.Ping.LOADED).write(content);
        byte[] bytes = content.toByteArray();
        new StreamCommand.Packaged(bytes.length).write(out);
        out.bytes(bytes);
    }

    private static void endSection(PackageOutput out) throws IOException {
        out.u64(RamRecord.EOS);
        SectionHeader.writeFooter(out, RAM_SECTION);
    }

    private Verdict listen() throws IOException {
        String block = "";
        while (true) {
            switch (next()) {
                case ReturnPathMessage.Pong(var value) when value == StreamCommand.Ping.LOADED -> {
                    return Verdict.LOADED;
                }
                case ReturnPathMessage.Pong _ -> {
                }
                case ReturnPathMessage.PageRequest(var named, var start, var length) -> {
                    block = named.orElse(block);
                    send(pages(block, start, length));
                }
                case ReturnPathMessage.Shut _ -> {
                    return Verdict.REFUSED;
                }
                case ReturnPathMessage other -> throw new IOException("unexpected on the return path: " + other);
            }
        }
    }

    private ReturnPathMessage next() throws IOException {
        ByteBuffer header = read(MESSAGE_HEADER_BYTES);
        int length = Short.toUnsignedInt(header.getShort(2));
        ByteBuffer message = ByteBuffer.allocate(MESSAGE_HEADER_BYTES + length).put(header).put(read(length));
        return ReturnPathMessage.read(new PackageInput(message.array()));
    }

    private ByteBuffer read(int length) throws IOException {
        var bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes) < 0) {
                throw new EOFException("the QEMU has closed the connection");
            }
        }
        return bytes.flip();
    }

    private PackageOutput pages(String block, long start, int length) throws IOException {
        if (length > MOST_REQUESTED || length % PAGE_BYTES != 0) {
            throw new IOException("%d bytes of RAM block '%s' were asked for, expected pages of %d, at most %d bytes"
                    .formatted(length, block, PAGE_BYTES, MOST_REQUESTED));
        }
        long address = map.address(block, start, length);
        var out = new PackageOutput();
        out.u8(SectionType.PART.code());
        out.u32(RAM_SECTION);
        var page = ByteBuffer.allocate(PAGE_BYTES);
        for (int at = 0; at < length; at += PAGE_BYTES) {
            page.clear();
            while (page.hasRemaining()) {
                if (memory.read(page, address + at + page.position()) <= 0) {
                    throw new EOFException("the guest's memory ends at " + (address + at));
                }
            }
            out.u64((start + at) | RamRecord.PAGE);
            out.str8(block);
            out.bytes(page.array());
        }
        endSection(out);
        return out;
    }

    private void send(PackageOutput out) throws IOException {
        var bytes = ByteBuffer.wrap(out.toByteArray());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            memory.close();
        }
    }
}
