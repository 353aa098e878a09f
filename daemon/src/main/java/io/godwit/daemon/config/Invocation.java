package io.godwit.daemon.config;

/** What a command line asks for. */
public sealed interface Invocation {

    /** Serve a guest. */
    record Serve(DaemonOptions options) implements Invocation {}

    /** Print a text ({@code --help}, {@code --version}) and end with status 0. */
    record Print(String text) implements Invocation {}

    /** Nothing that could be done: print the sentence to standard error and end with status 2. */
    record Misused(String sentence) implements Invocation {}
}
