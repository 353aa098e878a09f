package io.godwit.protocol.stream;

import java.io.IOException;

/** What came is no valid migration stream. The message says where, what was got and what was expected. */
public final class MalformedStreamException extends IOException {
    private static final long serialVersionUID = 1;

    public MalformedStreamException(String message) {
        super(message);
    }
}
