package io.godwit.engine.multifd;

import io.godwit.engine.linux.ZstdStream;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.stream.MultifdPacket.Method;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;

/**
 * Compresses, or decompresses, the pages of one channel: a stream of its own for as long as the migration lasts, flushed after
 * each packet. Buffers are native and lent for the call. One thread.
 */
interface PageCoder extends AutoCloseable {

    /** Turns {@code length} bytes into at most {@code capacity}; returns how many. */
    long run(MemorySegment source, long at, long length, MemorySegment target, long targetAt, long capacity)
            throws IOException;

    @Override
    void close();

    /** For a channel that sends; {@code method} is not NONE. */
    static PageCoder compressor(Method method, MigrationOptions options) throws IOException {
        MigrationParameters parameters = options.parameters().get();
        return switch (method) {
            case NONE -> throw new IllegalArgumentException("nothing to compress with");
            case ZLIB -> new Deflating(new Deflater(parameters.multifdZlibLevel()));
            case ZSTD -> new Zstandard(ZstdStream.compressor(parameters.multifdZstdLevel()));
        };
    }

    /** For a channel that receives; {@code method} is not NONE. */
    static PageCoder decompressor(Method method) throws IOException {
        return switch (method) {
            case NONE -> throw new IllegalArgumentException("nothing to decompress with");
            case ZLIB -> new Inflating(new Inflater());
            case ZSTD -> new Zstandard(ZstdStream.decompressor());
        };
    }

    /** zlib's format, as the JDK's own zlib has it. */
    record Deflating(Deflater deflater) implements PageCoder {

        @Override
        public long run(MemorySegment source, long at, long length, MemorySegment target, long targetAt, long capacity)
                throws IOException {
            deflater.setInput(source.asSlice(at, length).asByteBuffer());
            int made = deflater.deflate(target.asSlice(targetAt, capacity).asByteBuffer(), Deflater.SYNC_FLUSH);
            if (made == capacity) {
                throw new IOException("zlib: more than " + capacity + " bytes come out of " + length);
            }
            return made;
        }

        @Override
        public void close() {
            deflater.end();
        }
    }

    /** The same the other way. */
    record Inflating(Inflater inflater) implements PageCoder {

        @Override
        public long run(MemorySegment source, long at, long length, MemorySegment target, long targetAt, long capacity)
                throws IOException {
            var out = target.asSlice(targetAt, capacity).asByteBuffer();
            inflater.setInput(source.asSlice(at, length).asByteBuffer());
            try {
                while (!inflater.needsInput() && out.hasRemaining() && !inflater.finished()) {
                    int unused = inflater.inflate(out);
                    if (unused == 0 && inflater.needsDictionary()) {
                        throw new IOException("zlib: a dictionary is asked for");
                    }
                }
            } catch (DataFormatException e) {
                throw new IOException("zlib: " + e.getMessage(), e);
            }
            if (inflater.getRemaining() > 0) {
                throw new IOException("zlib: %d of %d bytes are left after %d have come out".formatted(
                        inflater.getRemaining(), length, out.position()));
            }
            return out.position();
        }

        @Override
        public void close() {
            inflater.end();
        }
    }

    /** zstd, either way. */
    record Zstandard(ZstdStream stream) implements PageCoder {

        @Override
        public long run(MemorySegment source, long at, long length, MemorySegment target, long targetAt, long capacity)
                throws IOException {
            return stream.run(source, at, length, target, targetAt, capacity);
        }

        @Override
        public void close() {
            stream.close();
        }
    }
}
