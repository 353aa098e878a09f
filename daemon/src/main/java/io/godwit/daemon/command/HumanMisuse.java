package io.godwit.daemon.command;

/** A line of the monitor for people that cannot be understood. The message is what is printed. */
final class HumanMisuse extends Exception {
    private static final long serialVersionUID = 1;

    HumanMisuse(String message) {
        super(message);
    }
}
