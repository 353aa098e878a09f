package io.godwit.daemon.config;

/** A whole number within limits. */
final class Whole {
    private Whole() {}

    static long parse(String text, long least, long most) {
        String expected = "expected a whole number from " + least + " to " + most;
        if (!text.matches("[0-9]{1,18}")) {
            throw new BadOption("is '" + text + "', " + expected);
        }
        long number = Long.parseLong(text);
        if (number < least || number > most) {
            throw new BadOption("is " + number + ", " + expected);
        }
        return number;
    }
}
