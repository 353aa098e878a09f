package io.godwit.engine.linux;

/** Owns one open file descriptor. */
@SuppressWarnings("DoNotCallSuggester")
public final class Fd implements AutoCloseable {
    private Fd() {}

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
