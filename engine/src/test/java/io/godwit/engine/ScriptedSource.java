package io.godwit.engine;

import io.godwit.engine.ram.RamBlock;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** A postcopy source that a test plays word by word, over a unix socket, for a {@link MemoryGuest}. */
final class ScriptedSource implements AutoCloseable {
    private final SocketChannel socket;
    private final DataInputStream back;

    private ScriptedSource(SocketChannel socket) {
        this.socket = socket;
        back = new DataInputStream(Channels.newInputStream(socket));
    }

    static ScriptedSource connect(Path path) throws IOException {
        return new ScriptedSource(SocketChannel.open(UnixDomainSocketAddress.of(path)));
    }

    ScriptedSource send(byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        while (left.hasRemaining()) {
            socket.write(left);
        }
        return this;
    }

    ScriptedSource send(HandmadeStream stream) throws IOException {
        return send(stream.take());
    }

    /** Nothing but the end of it: what is sent arrives. */
    void end() throws IOException {
        socket.shutdownOutput();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** Header, return path, PING 1, ADVISE and the block list. */
    static HandmadeStream head(long... pages) throws IOException {
        return advised(HandmadeStream.of("godwit-test-1"), 0x1000).start(pages);
    }

    static HandmadeStream advised(HandmadeStream stream, int pageSizes) throws IOException {
        return stream.command(1).command(2, 1).command(3, 0, pageSizes, 0, RamBlock.PAGE_SIZE);
    }

    /** RAM_DISCARD of pages. */
    static byte[] discard(String block, long from, long pages) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeByte(8);
        out.writeShort(6);
        out.writeShort(3 + block.length() + 16);
        out.writeByte(0);
        out.writeByte(block.length());
        out.writeBytes(block);
        out.writeByte(0);
        out.writeLong(from * RamBlock.PAGE_SIZE);
        out.writeLong(pages * RamBlock.PAGE_SIZE);
        return bytes.toByteArray();
    }

    /** LISTEN, the device sections, PING 3 and RUN. */
    static byte[] packaged(byte[] devices) throws IOException {
        byte[] sections = Arrays.copyOf(devices, HandmadeStream.eofOf(devices));
        return packaged(HandmadeStream.bare().command(4).bytes(sections).command(2, 3).command(5));
    }

    static byte[] packaged(HandmadeStream content) throws IOException {
        byte[] bytes = content.take();
        return HandmadeStream.bare().command(7, bytes.length).bytes(bytes).take();
    }

    /** A page as it stands on the second connection of preempt. */
    static byte[] page(String block, long page, long value) throws IOException {
        return HandmadeStream.bare().page(block, page, value).take();
    }

    /** Asks what has come of a block. */
    static byte[] askReceived(String block) throws IOException {
        var bytes = new ByteArrayOutputStream();
        var out = new DataOutputStream(bytes);
        out.writeByte(8);
        out.writeShort(10);
        out.writeShort(1 + block.length());
        out.writeByte(block.length());
        out.writeBytes(block);
        return bytes.toByteArray();
    }

    /** The next message of the return path, in words. */
    String heard() throws IOException {
        int type = back.readUnsignedShort();
        int length = back.readUnsignedShort();
        return switch (type) {
            case 1 -> "SHUT " + back.readInt();
            case 2 -> "PONG " + back.readInt();
            case 3 -> {
                String what = back.readLong() / RamBlock.PAGE_SIZE + " of " + back.readInt();
                yield "REQ " + name() + " page " + what;
            }
            case 4 -> "REQ page " + back.readLong() / RamBlock.PAGE_SIZE + " of " + back.readInt();
            case 5 -> {
                String block = name();
                var words = new StringBuilder();
                for (long left = back.readLong(); left > 0; left -= 8) {
                    words.append(' ').append(Long.toHexString(Long.reverseBytes(back.readLong())));
                }
                back.readLong();
                yield "RECEIVED " + block + words;
            }
            case 6 -> "RESUME_ACK " + back.readInt();
            default -> "type " + type + ", " + length + " bytes";
        };
    }

    private String name() throws IOException {
        return new String(back.readNBytes(back.readUnsignedByte()), StandardCharsets.ISO_8859_1);
    }
}
