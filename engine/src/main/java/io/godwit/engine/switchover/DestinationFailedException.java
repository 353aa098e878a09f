package io.godwit.engine.switchover;

import java.io.IOException;

/** The destination has said that it could not load the guest, so it does not run there: the source may take it back. */
public final class DestinationFailedException extends IOException {
    private static final long serialVersionUID = 1;

    public DestinationFailedException(int lastWord) {
        super("the destination could not load the guest (return path SHUT " + lastWord + ", expected 0)");
    }
}
