package io.godwit.engine.incoming;

import java.io.IOException;

/** A valid stream, but of another machine than this one. */
final class IncompatibleStreamException extends IOException {
    private static final long serialVersionUID = 1;

    IncompatibleStreamException(String message) {
        super(message);
    }
}
