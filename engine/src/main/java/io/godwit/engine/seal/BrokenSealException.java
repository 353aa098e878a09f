package io.godwit.engine.seal;

import java.io.IOException;

/** A file does not hold what its seal says. */
public final class BrokenSealException extends IOException {
    private static final long serialVersionUID = 1;

    private final long offset;

    BrokenSealException(String message, long offset) {
        super(message);
        this.offset = offset;
    }

    /** The first byte of the file that may be damaged. */
    public long offset() {
        return offset;
    }
}
