package io.godwit.it.fuzz;

import java.nio.ByteBuffer;

/** A reader with a fault that no chance hits on: the fuzzer has to watch it comparing. */
public final class FallsOver {
    private static final int MAGIC = 0x60d317ed;

    private FallsOver() {}

    public static void fuzzerTestOneInput(byte[] input) {
        if (input.length >= Integer.BYTES && ByteBuffer.wrap(input).getInt() == MAGIC) {
            throw new IllegalStateException("fell over");
        }
    }
}
