package io.godwit.daemon.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The page for people at {@code /}: one HTML file that looks at {@code status.json} beside it once a second. Its
 * Content-Security-Policy (W3C CSP Level 3) names the one script and the one style by their hashes and lets the page ask nobody
 * but where it came from, so that nothing else runs, whatever a guest may be called.
 */
final class StatusPage {

    private StatusPage() {}

    static Document read() {
        String html = html();
        var headers = new LinkedHashMap<>(PRIVATE);
        headers.put("content-security-policy",
                "default-src 'none'; script-src '" + hash(html, "script") + "'; style-src '" + hash(html, "style")
                        + "'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
        return new Document("text/html; charset=utf-8", headers, () -> html);
    }

    /** What is true now stays with whoever asked. */
    static final Map<String, String> PRIVATE = Map.of("x-content-type-options", "nosniff", "referrer-policy",
            "no-referrer", "cache-control", "no-store");

    private static String html() {
        try (InputStream file = StatusPage.class.getResourceAsStream("status.html")) {
            return new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Of what stands between the tags, as a browser computes it. */
    private static String hash(String html, String tag) {
        int start = html.indexOf("<" + tag + ">") + tag.length() + 2;
        String text = html.substring(start, html.indexOf("</" + tag + ">"));
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return "sha256-" + Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java has SHA-256", e);
        }
    }
}
