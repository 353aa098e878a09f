package io.godwit.inspect;

import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.DeviceTail;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A whole stream or mapped-ram file whose pages can be looked up. Owns the file. One thread. */
final class Image implements AutoCloseable {
    private final FileInput in;
    private final Configuration configuration;
    private final DeviceTail tail;
    private final List<Block> blocks;

    private Image(FileInput in, Configuration configuration, DeviceTail tail, List<Block> blocks) {
        this.in = in;
        this.configuration = configuration;
        this.tail = tail;
        this.blocks = blocks;
    }

    /** Where the page stands in the file; 0 when it is zero. */
    @FunctionalInterface
    private interface Lookup {
        long position(long page) throws IOException;
    }

    /** One RAM block. */
    static final class Block {
        private final RamBlockEntry entry;
        private final Lookup lookup;

        private Block(RamBlockEntry entry, Lookup lookup) {
            this.entry = entry;
            this.lookup = lookup;
        }

        String name() {
            return entry.name();
        }

        long lengthBytes() {
            return entry.lengthBytes();
        }

        /** Where the page stands in the file; 0 when it is zero. Asked for in rising order it is cheap. */
        long position(long page) throws IOException {
            return lookup.position(page);
        }
    }

    /**
     * Reads the file through once.
     *
     * @throws IOException when it is damaged, or of a kind whose pages cannot be looked up
     */
    static Image open(Path path, ReadingProgress progress) throws IOException {
        FileInput in = FileInput.open(path, 0, progress);
        try {
            return read(in);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    private static Image read(FileInput in) throws IOException {
        if (in.file().isEmpty()) {
            throw new IOException("is no regular file: its pages cannot be looked up");
        }
        var index = new PageIndex();
        var walk = new StreamWalk(in, index);
        walk.read();
        StreamReport report = Inspector.report(in, walk, false);
        if (!report.isWhole()) {
            Finding first = report.findings().getFirst();
            throw new IOException("is damaged: byte " + first.offset() + ": " + first.sentence());
        }
        boolean mapped = report.form().isMapped();
        expectKnownPages(walk, report, index, mapped);
        var tail = walk.tail().orElseThrow();
        var blocks = mapped
                ? walk.mapped().stream().map(block -> {
                    var bits = new PageBits(in.file().orElseThrow(), block);
                    long offset = block.header().pagesOffset();
                    return new Block(block.entry(),
                            page -> bits.isSet(page) ? offset + page * MappedPages.PAGE_SIZE : 0);
                }).toList()
                : walk.blocks().stream().map(block -> new Block(block.entry,
                        page -> index.position(block.index, page))).toList();
        return new Image(in, walk.configuration().orElseThrow(), tail, blocks);
    }

    private static void expectKnownPages(StreamWalk walk, StreamReport report, PageIndex index, boolean mapped)
            throws IOException {
        Optional<String> unknown = Optional.empty();
        if (walk.tail().isEmpty()) {
            unknown = Optional.of("is a postcopy capture, whose device state nobody can tell apart");
        } else if (report.flushes() > 0) {
            unknown = Optional.of("is the main channel of a multifd migration, whose pages travelled elsewhere");
        } else if (!mapped && index.hasDeltas()) {
            unknown = Optional.of("holds XBZRLE deltas: convert it first, with 'godwit convert'");
        } else if (!mapped && index.tooMany()) {
            unknown = Optional.of("is a stream of more than 16 GiB: convert it first, with 'godwit convert'");
        }
        if (unknown.isPresent()) {
            throw new IOException(unknown.get());
        }
    }

    Configuration configuration() {
        return configuration;
    }

    DeviceTail tail() {
        return tail;
    }

    /** In the order of the list. */
    List<Block> blocks() {
        return blocks;
    }

    /** Fills {@code into} with the page that stands at {@code position}. */
    void readPage(long position, ByteBuffer into) throws IOException {
        into.clear();
        in.readAt(position, into);
        into.flip();
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
