package io.godwit.client;

/** The engine's log, for commands that use the engine in the client's own process. */
final class EngineLog {

    private EngineLog() {}

    /**
     * The engine logs as a daemon's does; here standard output is the user's. Only before anything has logged, so that it
     * changes nothing in a process that has.
     */
    static void keepQuiet() {
        System.setProperty("slf4j.internal.verbosity", "ERROR");
        System.setProperty("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
    }
}
