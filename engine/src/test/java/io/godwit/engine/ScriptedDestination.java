package io.godwit.engine;

import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.ReceivedBitmap;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.StreamHeader;
import io.godwit.protocol.stream.WireInput;
import io.godwit.protocol.stream.WireOutput;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A destination of postcopy that a test leads step by step: it reads the stream one item at a time, answers pings by itself, and
 * asks for pages when it is told to. Owns its sockets.
 */
final class ScriptedDestination implements AutoCloseable {
    /** Every command and section in the order they came; a run of equal ones once. */
    final List<String> order = new ArrayList<>();
    /** What each page is filled with, by block and page; what was discarded is not there. */
    final Map<String, TreeMap<Long, Long>> pages = new HashMap<>();
    /** Pages that came although they were there, since the package. */
    final Set<String> twice = new HashSet<>();
    private final Map<String, Long> blocks = new TreeMap<>();
    private final ServerSocketChannel server;
    private Wire wire;
    private boolean given;

    private ScriptedDestination(ServerSocketChannel server, Wire wire) {
        this.server = server;
        this.wire = wire;
    }

    static ServerSocketChannel listen(Path path) throws IOException {
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    }

    /** Waits for the source. Takes ownership of {@code server}. */
    static ScriptedDestination accept(ServerSocketChannel server) throws IOException {
        return new ScriptedDestination(server, new Wire(server.accept()));
    }

    /** Reads header, configuration and the first thing after them. */
    SectionType open() throws IOException {
        StreamHeader.read(wire);
        SectionType first = Configuration.read(wire).next();
        note("CONFIGURATION");
        return first;
    }

    /** Reads until the guest has been given away. */
    void readPackage() throws IOException {
        take(open());
        readOnToThePackage();
    }

    void readOnToThePackage() throws IOException {
        while (!given) {
            readSection();
        }
    }

    /** What has come of a block. */
    Map<Long, Long> pagesOf(String block) {
        return present(block);
    }

    private NavigableMap<Long, Long> present(String block) {
        return pages.computeIfAbsent(block, name -> new TreeMap<>());
    }

    /** Reads until a page has come. */
    void readUntilThereIs(String block, long page) throws IOException {
        while (!pagesOf(block).containsKey(page)) {
            readSection();
        }
    }

    /** The type of the next section, which is then to be taken. */
    SectionType nextType() throws IOException {
        return SectionType.read(wire);
    }

    /** Reads the next section; false after EOF. */
    boolean readSection() throws IOException {
        SectionType type = SectionType.read(wire);
        take(type);
        return type != SectionType.EOF;
    }

    /** Reads to the end, and says that all is well. */
    void readToTheEnd() throws IOException {
        readEverything();
        say(new ReturnPathMessage.Shut(0));
    }

    /** Reads to the end, and says nothing yet. */
    void readEverything() throws IOException {
        boolean more = readSection();
        while (more) {
            more = readSection();
        }
    }

    void take(SectionType type) throws IOException {
        switch (type) {
            case COMMAND -> take(StreamCommand.read(wire));
            case START -> {
                SectionHeader.read(wire);
                records();
                note("START");
            }
            case PART, END -> {
                wire.u32();
                records();
                note(type.toString());
            }
            case EOF -> note("EOF");
            default -> throw new AssertionError(type + " at byte " + wire.position());
        }
    }

    private void records() throws IOException {
        while (true) {
            long value = wire.u64();
            if (value == RamRecord.EOS) {
                SectionHeader.readFooter(wire, 1, "ram");
                return;
            }
            int flags = (int) (value & RamRecord.FLAGS);
            if ((flags & RamRecord.MEM_SIZE) != 0) {
                RamBlockEntry.readList(wire, value - flags)
                        .forEach(entry -> blocks.put(entry.name(), entry.lengthBytes() / RamBlock.PAGE_SIZE));
                continue;
            }
            record(wire, value, flags);
        }
    }

    /** Reads one record from the preempt channel; returns the page's number. */
    long readPage(Wire preempt) throws IOException {
        long value = preempt.u64();
        record(preempt, value, (int) (value & RamRecord.FLAGS));
        return value / RamBlock.PAGE_SIZE;
    }

    private void record(Wire from, long value, int flags) throws IOException {
        if ((flags & RamRecord.CONTINUE) == 0) {
            from.block = from.str8();
        }
        long page = value / RamBlock.PAGE_SIZE;
        long content = (flags & RamRecord.ZERO) != 0
                ? from.u8()
                : Long.reverseBytes(ByteBuffer.wrap(from.bytes(RamBlock.PAGE_SIZE)).getLong());
        if (pagesOf(from.block).put(page, content) != null && given) {
            twice.add(from.block + " " + page);
        }
    }

    private void take(StreamCommand command) throws IOException {
        switch (command) {
            case StreamCommand.Ping(int value) -> {
                note("PING " + value);
                say(new ReturnPathMessage.Pong(value));
            }
            case StreamCommand.Packaged(int bytes) -> {
                byte[] content = wire.bytes(bytes);
                given = true;
                note("PACKAGED " + (content[0] == 8 && content[2] == 4 && content[content.length - 3] == 5
                        ? "LISTEN ... RUN"
                        : "something else"));
            }
            case StreamCommand.PostcopyDiscard(String block, List<StreamCommand.Range> ranges) -> {
                for (StreamCommand.Range range : ranges) {
                    present(block).subMap(range.start() / RamBlock.PAGE_SIZE,
                            (range.start() + range.length()) / RamBlock.PAGE_SIZE).clear();
                }
                note("DISCARD " + block);
            }
            case StreamCommand.SendReceivedBitmap(String block) -> {
                note("RECV_BITMAP " + block);
                sayReceived(block);
            }
            case StreamCommand.PostcopyResume _ -> {
                note("RESUME");
                say(new ReturnPathMessage.ResumeAck(1));
            }
            default -> note(command.toString());
        }
    }

    private void note(String what) {
        if (order.isEmpty() || !order.getLast().equals(what)) {
            order.add(what);
        }
    }

    /** A fault waits for some pages. */
    void request(String block, long page, int count) throws IOException {
        say(new ReturnPathMessage.PageRequest(Optional.of(block), page * RamBlock.PAGE_SIZE,
                count * RamBlock.PAGE_SIZE));
    }

    void say(ReturnPathMessage message) throws IOException {
        message.write(wire);
    }

    private void sayReceived(String block) throws IOException {
        say(new ReturnPathMessage.Received(block));
        NavigableMap<Long, Long> present = present(block);
        ReceivedBitmap.write(wire, blocks.getOrDefault(block, 0L), word -> {
            long bits = 0;
            for (long page : present.subMap(word * 64L, word * 64L + 64).keySet()) {
                bits |= 1L << page;
            }
            return bits;
        });
    }

    /** Waits for the second connection. */
    Wire acceptPreempt() throws IOException {
        return new Wire(server.accept());
    }

    /** Breaks the connection. */
    void hangUp() throws IOException {
        wire.close();
    }

    /** Waits for a connection on which it goes on, and answers until it does. */
    void acceptRecovery() throws IOException {
        wire = new Wire(server.accept());
        order.clear();
    }

    @Override
    public void close() throws IOException {
        wire.close();
        server.close();
    }

    /** The two directions of one connection. */
    static final class Wire implements WireInput, WireOutput, AutoCloseable {
        private final SocketChannel socket;
        private final DataInputStream in;
        private final DataOutputStream out;
        private String block = "";
        private long position;

        Wire(SocketChannel socket) {
            this.socket = socket;
            in = new DataInputStream(new BufferedInputStream(Channels.newInputStream(socket)));
            out = new DataOutputStream(Channels.newOutputStream(socket));
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public int u8() throws IOException {
            position += 1;
            return in.readUnsignedByte();
        }

        @Override
        public int u16() throws IOException {
            position += 2;
            return in.readUnsignedShort();
        }

        @Override
        public int u32() throws IOException {
            position += 4;
            return in.readInt();
        }

        @Override
        public long u64() throws IOException {
            position += 8;
            return in.readLong();
        }

        @Override
        public byte[] bytes(int length) throws IOException {
            position += length;
            return in.readNBytes(length);
        }

        @Override
        public void u8(int value) throws IOException {
            out.writeByte(value);
        }

        @Override
        public void u16(int value) throws IOException {
            out.writeShort(value);
        }

        @Override
        public void u32(int value) throws IOException {
            out.writeInt(value);
        }

        @Override
        public void u64(long value) throws IOException {
            out.writeLong(value);
        }

        @Override
        public void bytes(byte[] value) throws IOException {
            out.write(value);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
