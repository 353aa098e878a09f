package io.godwit.daemon.config;

/** A size as QEMU writes it: {@code 512}, {@code 512M}, {@code 1.5G}. A plain number is MiB. */
final class MemorySize {
    private static final int PAGE = 4096;
    private static final String UNITS = "BKMGT";

    private MemorySize() {}

    /** Bytes; any number from 0 to 1 PiB. */
    static long parse(String text) {
        try {
            return bytes(text);
        } catch (NumberFormatException e) {
            throw new BadOption("is '" + text + "', expected a size such as 512, 512M or 2G (a plain number is MiB)");
        }
    }

    /** Bytes, in whole pages. */
    static long parsePages(String text) {
        long bytes = parse(text);
        if (bytes % PAGE != 0) {
            throw new BadOption("is " + bytes + " bytes, expected whole pages of " + PAGE + " bytes");
        }
        return bytes;
    }

    private static long bytes(String text) {
        if (text.isEmpty()) {
            throw new NumberFormatException();
        }
        int unit = UNITS.indexOf(Character.toUpperCase(text.charAt(text.length() - 1)));
        String number = unit < 0 ? text : text.substring(0, text.length() - 1);
        // No sign, exponent, hexadecimal or NaN: what Double.parseDouble takes and a person would not mean.
        if (!number.matches("[0-9]{1,15}(\\.[0-9]{1,15})?")) {
            throw new NumberFormatException();
        }
        double bytes = Double.parseDouble(number) * (1L << (unit < 0 ? 20 : 10 * unit));
        if (bytes > (1L << 50) || bytes != Math.rint(bytes)) {
            throw new NumberFormatException();
        }
        return (long) bytes;
    }
}
