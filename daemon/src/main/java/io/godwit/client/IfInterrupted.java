package io.godwit.client;

/** Says a sentence when the user interrupts the client before this is closed. */
final class IfInterrupted implements AutoCloseable {
    private final Thread notice;

    IfInterrupted(Terminal terminal, String sentence) {
        notice = new Thread(() -> terminal.err().println("\ngodwit: " + sentence), "godwit-interrupted");
        Runtime.getRuntime().addShutdownHook(notice);
    }

    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(notice);
        } catch (IllegalStateException e) {
            // Interrupted just now: the notice is being printed.
        }
    }
}
