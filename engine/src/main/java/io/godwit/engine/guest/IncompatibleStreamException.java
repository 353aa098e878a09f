package io.godwit.engine.guest;

import java.io.IOException;

/** A valid stream, but of another machine than this one. */
public final class IncompatibleStreamException extends IOException {
    private static final long serialVersionUID = 1;

    public IncompatibleStreamException(String message) {
        super(message);
    }
}
