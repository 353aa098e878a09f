package io.godwit.client.shell;

/** A line is no request; the message says why, for whoever typed it. */
public final class MisunderstoodException extends Exception {
    private static final long serialVersionUID = 1;

    MisunderstoodException(String sentence) {
        super(sentence);
    }
}
