package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The offset in a {@code file:} uri: hexadecimal with {@code 0x}, or decimal with a suffix from {@code b} (bytes) over
 * {@code k} (1024) to {@code e} (2^60), before which there may be a fraction.
 */
final class FileOffset {
    /** Nothing sensible is longer; it keeps long digit strings from costing time. */
    private static final int LONGEST = 64;
    private static final Pattern HEX = Pattern.compile("\\s*\\+?0[xX]([0-9a-fA-F]+)");
    private static final Pattern DECIMAL = Pattern
            .compile("\\s*\\+?(?=\\.?[0-9])([0-9]*\\.?[0-9]*)([bkmgtpeBKMGTPE]?)");
    private static final Pattern NEGATIVE = Pattern.compile("\\s*-[0-9]+");
    private static final String SUFFIXES = "bkmgtpe";

    private FileOffset() {}

    /** Bytes; the bits are to be read unsigned. */
    static long parse(String text) throws QmpException {
        if (text.length() > LONGEST) {
            throw bad(text, "Numerical result out of range");
        }
        Matcher hex = HEX.matcher(text);
        if (hex.matches()) {
            return bounded(new BigInteger(hex.group(1), 16), text);
        }
        Matcher decimal = DECIMAL.matcher(text);
        if (decimal.matches()) {
            return decimal(decimal, text);
        }
        boolean negative = NEGATIVE.matcher(text).matches();
        throw bad(text, negative ? "Numerical result out of range" : "Invalid argument");
    }

    private static long decimal(Matcher matcher, String text) throws QmpException {
        String digits = matcher.group(1);
        var number = new BigDecimal(digits.endsWith(".") ? digits + "0" : digits);
        int power = matcher.group(2).isEmpty()
                ? 0
                : SUFFIXES.indexOf(Character.toLowerCase(matcher.group(2).charAt(0)));
        boolean fractionOfByte = power == 0 && number.stripTrailingZeros().scale() > 0;
        if (fractionOfByte) {
            throw bad(text, "Invalid argument");
        }
        return bounded(number.multiply(new BigDecimal(BigInteger.ONE.shiftLeft(10 * power))).toBigInteger(), text);
    }

    private static long bounded(BigInteger bytes, String text) throws QmpException {
        if (bytes.bitLength() > Long.SIZE) {
            throw bad(text, "Numerical result out of range");
        }
        return bytes.longValue();
    }

    private static QmpException bad(String text, String reason) {
        return new QmpException("file URI has bad offset " + text + ": " + reason);
    }
}
