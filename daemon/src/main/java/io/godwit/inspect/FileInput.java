package io.godwit.inspect;

import io.godwit.protocol.stream.WireInput;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Reads a file, or what comes through a pipe, through one buffer of 1 MiB. Positions count from the file's first byte, also
 * when reading began further on. Owns the channel. One thread.
 */
public final class FileInput implements WireInput, AutoCloseable {
    private static final int CAPACITY = 1 << 20;

    private final ReadableByteChannel channel;
    private final Optional<FileChannel> file;
    private final long size;
    private final long start;
    private final ReadingProgress progress;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(CAPACITY).limit(0);
    private long bufferStart;

    private FileInput(ReadableByteChannel channel, Optional<FileChannel> file, long size, long start,
            ReadingProgress progress) {
        this.channel = channel;
        this.file = file;
        this.size = size;
        this.start = start;
        this.progress = progress;
        bufferStart = start;
    }

    /** Opens {@code path} to be read from {@code offset} on. What is no regular file is read as a pipe, from its beginning. */
    public static FileInput open(Path path, long offset, ReadingProgress progress) throws IOException {
        var channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            if (!Files.isRegularFile(path)) {
                if (offset != 0) {
                    throw new IOException("is no regular file: it cannot be read from byte " + offset + " on");
                }
                return new FileInput(channel, Optional.empty(), 0, 0, progress);
            }
            long size = channel.size();
            if (offset > size) {
                throw new IOException("has %d bytes, none at offset %d".formatted(size, offset));
            }
            channel.position(offset);
            return new FileInput(channel, Optional.of(channel), size, offset, progress);
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** Takes {@code pipe} over. */
    public static FileInput of(InputStream pipe, ReadingProgress progress) {
        return new FileInput(Channels.newChannel(pipe), Optional.empty(), 0, 0, progress);
    }

    /** The file, to be read at any place without moving this input; empty for a pipe. */
    Optional<FileChannel> file() {
        return file;
    }

    /** Bytes of the file; empty for a pipe. */
    OptionalLong size() {
        return file.isPresent() ? OptionalLong.of(size) : OptionalLong.empty();
    }

    /** Where reading began. */
    long start() {
        return start;
    }

    ReadingProgress progress() {
        return progress;
    }

    @Override
    public long position() {
        return bufferStart + buffer.position();
    }

    @Override
    public int u8() throws IOException {
        need(1);
        return buffer.get() & 0xff;
    }

    @Override
    public int u16() throws IOException {
        need(2);
        return buffer.getShort() & 0xffff;
    }

    @Override
    public int u32() throws IOException {
        need(4);
        return buffer.getInt();
    }

    @Override
    public long u64() throws IOException {
        need(8);
        return buffer.getLong();
    }

    /** The next be32, without taking it. */
    int peekU32() throws IOException {
        need(4);
        return buffer.getInt(buffer.position());
    }

    /** The next be64, without taking it. */
    long peekU64() throws IOException {
        need(8);
        return buffer.getLong(buffer.position());
    }

    @Override
    public byte[] bytes(int length) throws IOException {
        byte[] value = new byte[length];
        bytes(value, length);
        return value;
    }

    /** The next {@code length} bytes into the beginning of {@code into}. */
    void bytes(byte[] into, int length) throws IOException {
        for (int done = 0; done < length;) {
            if (!buffer.hasRemaining()) {
                need(1);
            }
            int part = Math.min(length - done, buffer.remaining());
            buffer.get(into, done, part);
            done += part;
        }
    }

    /** Passes over {@code length} bytes, which have to be there. */
    void skip(long length) throws IOException {
        long left = length;
        while (left > buffer.remaining()) {
            if (file.isPresent()) {
                skipTo(position() + left);
                return;
            }
            left -= buffer.remaining();
            buffer.position(buffer.limit());
            need(1);
        }
        buffer.position(buffer.position() + (int) left);
    }

    /** Not within a page's reach: what the kernel has read ahead is worth more than a seek. */
    private void skipTo(long position) throws IOException {
        if (position < 0 || position > size) {
            seek(size);
            throw new EOFException();
        }
        long left = position - position();
        if (left > CAPACITY) {
            seek(position);
            return;
        }
        while (left > 0) {
            if (!buffer.hasRemaining()) {
                need(1);
            }
            int part = (int) Math.min(left, buffer.remaining());
            buffer.position(buffer.position() + part);
            left -= part;
        }
    }

    /** Goes on at another place of the file, which has to lie within it. */
    void seek(long position) throws IOException {
        file.orElseThrow(() -> new IllegalStateException("a pipe")).position(position);
        bufferStart = position;
        buffer.position(0).limit(0);
    }

    /** Whether nothing follows. */
    boolean atEnd() throws IOException {
        return !buffer.hasRemaining() && fill() < 0;
    }

    /** Reads to the end and gives the number of bytes passed over. */
    long drain() throws IOException {
        long before = position();
        if (file.isPresent()) {
            seek(size);
        } else {
            while (!atEnd()) {
                buffer.position(buffer.limit());
            }
        }
        return position() - before;
    }

    /** Fills {@code into} from {@code position} of the file on; an {@link EOFException} when there is not so much. */
    void readAt(long position, ByteBuffer into) throws IOException {
        readAt(file.orElseThrow(() -> new IllegalStateException("a pipe")), position, into);
    }

    static void readAt(FileChannel file, long position, ByteBuffer into) throws IOException {
        long at = position;
        while (into.hasRemaining()) {
            int got = file.read(into, at);
            if (got < 0) {
                throw new EOFException();
            }
            at += got;
        }
    }

    private void need(int bytes) throws IOException {
        while (buffer.remaining() < bytes) {
            if (fill() < 0) {
                // All of it is taken: the position is then where the input ends.
                buffer.position(buffer.limit());
                throw new EOFException();
            }
        }
    }

    private int fill() throws IOException {
        bufferStart += buffer.position();
        buffer.compact();
        try {
            int got;
            do {
                got = channel.read(buffer);
            } while (got == 0);
            progress.at(bufferStart + buffer.position() - start, file.isPresent() ? size - start : 0);
            return got;
        } finally {
            buffer.flip();
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
