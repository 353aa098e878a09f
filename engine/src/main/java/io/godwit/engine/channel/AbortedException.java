package io.godwit.engine.channel;

import java.io.IOException;

/** Somebody asked to give up: a blocked call returns with this instead of its result. */
public final class AbortedException extends IOException {
    private static final long serialVersionUID = 1;

    public AbortedException() {
        super("aborted");
    }
}
