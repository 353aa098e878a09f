package io.godwit.engine.linux;

/** Owns one memory mapping. */
@SuppressWarnings("DoNotCallSuggester")
public final class Mapping implements AutoCloseable {
    private Mapping() {}

    public long byteSize() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
