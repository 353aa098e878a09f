package io.godwit.client;

import java.util.OptionalLong;

/** A size as QEMU writes it: {@code 512M}, {@code 8G}; a plain number is MiB. */
final class Size {
    private static final String UNITS = "KMGT";
    private static final long MOST = 1L << 50;

    private Size() {}

    /** Bytes, from 1 to 1 PiB; empty where {@code text} is no size. */
    static OptionalLong parse(String text) {
        if (!text.matches("[0-9]{1,6}[KMGT]?")) {
            return OptionalLong.empty();
        }
        int unit = UNITS.indexOf(text.charAt(text.length() - 1));
        long number = Long.parseLong(unit < 0 ? text : text.substring(0, text.length() - 1));
        long bytes = number << (10 * (unit < 0 ? 2 : unit + 1));
        return bytes > 0 && bytes <= MOST ? OptionalLong.of(bytes) : OptionalLong.empty();
    }
}
