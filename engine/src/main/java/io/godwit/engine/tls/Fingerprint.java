package io.godwit.engine.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * By what a certificate is known: the SHA-256 of its DER.
 *
 * @param hex 64 lower case hexadecimal digits
 */
public record Fingerprint(String hex) {
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");

    public Fingerprint {
        if (!HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("'" + hex + "', expected 64 lower case hexadecimal digits");
        }
    }

    /** Of a certificate in DER. */
    static Fingerprint of(byte[] der) {
        try {
            return new Fingerprint(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(der)));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every JDK has SHA-256", impossible);
        }
    }

    /** Empty when it is none. */
    public static Optional<Fingerprint> parse(String text) {
        return HEX.matcher(text).matches() ? Optional.of(new Fingerprint(text)) : Optional.empty();
    }

    @Override
    public String toString() {
        return hex;
    }
}
