package io.godwit.engine.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A file of texts between BEGIN and END lines (RFC 7468): the certificates in it. */
record PemFile(Path path, String text) {
    static final int MOST_BYTES = 1 << 20;

    private static final Pattern CERTIFICATE = Pattern
            .compile("-----BEGIN (?:X509 )?CERTIFICATE-----([^-]*)-----END (?:X509 )?CERTIFICATE-----");
    private static final Pattern WHITESPACE = Pattern.compile("\\s+");

    /** @throws IOException with QEMU's text for a file that is not there */
    static PemFile read(Path path) throws IOException {
        byte[] bytes;
        try (var in = Files.newInputStream(path)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        } catch (NoSuchFileException e) {
            throw inaccessible(path, "No such file or directory", e);
        } catch (AccessDeniedException e) {
            throw inaccessible(path, "Permission denied", e);
        } catch (IOException e) {
            throw inaccessible(path, String.valueOf(e.getMessage()), e);
        }
        if (bytes.length > MOST_BYTES) {
            throw new IOException(path + " is larger than " + MOST_BYTES + " bytes, expected certificates or a key");
        }
        return new PemFile(path, new String(bytes, StandardCharsets.ISO_8859_1));
    }

    private static IOException inaccessible(Path path, String why, IOException cause) {
        return new IOException("Unable to access credentials " + path + ": " + why, cause);
    }

    /** In their order; empty when there is none. */
    List<X509Certificate> certificates() throws GeneralSecurityException {
        var factory = CertificateFactory.getInstance("X.509");
        List<X509Certificate> certificates = new ArrayList<>();
        Matcher matcher = CERTIFICATE.matcher(text);
        while (matcher.find()) {
            certificates.add((X509Certificate) factory.generateCertificate(
                    new ByteArrayInputStream(decoded(matcher.group(1)))));
        }
        return certificates;
    }

    private static byte[] decoded(String base64) throws GeneralSecurityException {
        try {
            return Base64.getDecoder().decode(WHITESPACE.matcher(base64).replaceAll(""));
        } catch (IllegalArgumentException e) {
            throw new GeneralSecurityException("Base64 decoding error.", e);
        }
    }
}
