package io.godwit.inspect;

import io.godwit.inspect.StreamReport.Block;
import io.godwit.inspect.StreamReport.Pages.Streamed;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Looks into an input and says what is there and what is wrong with it. */
public final class Inspector {
    private Inspector() {}

    /**
     * Reads all of {@code in}, which is lent. Damage ends up in the report.
     *
     * @param verify look at the data of a mapped-ram file too
     * @throws IOException when the input cannot be read
     */
    public static Report inspect(FileInput in, boolean verify) throws IOException {
        return switch (kind(in)) {
            case CHANNEL -> new ChannelWalk(in).read();
            case PREEMPT -> new PreemptWalk(in).read();
            case STREAM -> inspectStream(in, verify);
        };
    }

    private enum Kind {
        STREAM,
        CHANNEL,
        PREEMPT
    }

    /** By its first bytes, which stay. */
    private static Kind kind(FileInput in) throws IOException {
        try {
            int word = in.peekU32();
            if (word == ChannelWalk.MAGIC) {
                return Kind.CHANNEL;
            }
            return PreemptWalk.mayBegin(word) && PreemptWalk.begins(in.peekU64()) ? Kind.PREEMPT : Kind.STREAM;
        } catch (EOFException e) {
            // Too short for any of them: the stream's reader says so.
            if (in.file().isPresent()) {
                in.seek(in.start());
            }
            return Kind.STREAM;
        }
    }

    private static StreamReport inspectStream(FileInput in, boolean verify) throws IOException {
        var walk = new StreamWalk(in, RamListener.NONE);
        walk.read();
        return report(in, walk, verify);
    }

    /** The report of a walk that is over. */
    static StreamReport report(FileInput in, StreamWalk walk, boolean verify) throws IOException {
        var blocks = new ArrayList<Block>(walk.blocks().size());
        if (walk.mapped().isEmpty()) {
            for (var block : walk.blocks()) {
                blocks.add(new Block(block.entry.name(), block.entry.lengthBytes(),
                        new Streamed(block.normal, block.zero, block.xbzrle)));
            }
        } else {
            addMapped(in, walk, verify, blocks);
        }
        return walk.report(blocks);
    }

    private static void addMapped(FileInput in, StreamWalk walk, boolean verify, List<Block> blocks)
            throws IOException {
        var counts = new MappedPages(in.file().orElseThrow(), walk.mapped(), in.progress()).count(verify,
                walk.findings());
        for (int i = 0; i < counts.size(); i++) {
            var entry = walk.mapped().get(i).entry();
            blocks.add(new Block(entry.name(), entry.lengthBytes(), counts.get(i)));
        }
    }
}
