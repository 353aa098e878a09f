package io.godwit.daemon.qmp;

/** Hears of every command that a session has carried out; called on the thread that carried it out. */
@FunctionalInterface
public interface CommandObserver {

    /**
     * A command has been answered.
     *
     * @param command its name; {@code unknown} when there is no such command
     * @param outcome {@code success}, or the error's class
     * @param nanos how long it took, without the time it waited for its turn
     */
    void completed(String command, String outcome, long nanos);
}
