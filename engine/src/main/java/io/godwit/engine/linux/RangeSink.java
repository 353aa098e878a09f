package io.godwit.engine.linux;

/** Is told of pieces of a mapping, in ascending order. */
@FunctionalInterface
public interface RangeSink {

    /** Offsets in bytes, page boundaries; {@code toOffset} is the first one after the piece. */
    void accept(long fromOffset, long toOffset);
}
