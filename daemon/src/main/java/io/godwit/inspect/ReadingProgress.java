package io.godwit.inspect;

/** Is told, about once per MiB, how far the reading of a file has come. */
@FunctionalInterface
public interface ReadingProgress {
    ReadingProgress UNSEEN = (_, _) -> {};

    /** {@code total} is 0 when the input is a pipe, whose length nobody knows. */
    void at(long doneBytes, long totalBytes);
}
