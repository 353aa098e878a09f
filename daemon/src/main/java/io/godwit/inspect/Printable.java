package io.godwit.inspect;

/** Text that came in a file, made fit for a terminal: nothing in it may end a line or act. */
final class Printable {
    private Printable() {}

    static String of(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
