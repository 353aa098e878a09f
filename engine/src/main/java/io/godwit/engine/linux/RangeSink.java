package io.godwit.engine.linux;

/** Is told of pieces of a mapping, in ascending order; but of a piece that was told of last it may be told again. */
@FunctionalInterface
public interface RangeSink {

    /** Offsets in bytes, page boundaries; {@code toOffset} is the first one after the piece. */
    void accept(long fromOffset, long toOffset);
}
