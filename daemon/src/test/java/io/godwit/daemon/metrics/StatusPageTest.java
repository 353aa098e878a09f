package io.godwit.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class StatusPageTest {
    private Metrics metrics;

    @BeforeEach
    void listens() throws IOException {
        metrics = new Metrics(InetSocketAddress.createUnresolved("127.0.0.1", 0));
    }

    @AfterEach
    void closes() {
        metrics.close();
    }

    private HttpAnswer get(String path) throws IOException {
        return HttpAnswer.to("GET", metrics.address(), path);
    }

    @Test
    void letsNothingRunButItsOwnScriptAndAskNobodyElse() throws Exception {
        HttpAnswer page = get("/");

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.headers().get("content-type")).containsExactly("text/html; charset=utf-8");
        assertThat(page.headers().get("x-content-type-options")).containsExactly("nosniff");
        assertThat(page.headers().get("content-security-policy")).containsExactly("default-src 'none'; script-src '"
                + hash(page.body(), "script") + "'; style-src '" + hash(page.body(), "style")
                + "'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
    }

    private static String hash(String html, String tag) throws Exception {
        var inside = Pattern.compile("<" + tag + ">(.*?)</" + tag + ">", Pattern.DOTALL).matcher(html);
        assertThat(inside.find()).isTrue();
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(inside.group(1).getBytes(StandardCharsets.UTF_8));
        assertThat(inside.find()).as("a second %s, which the policy does not allow", tag).isFalse();
        return "sha256-" + Base64.getEncoder().encodeToString(digest);
    }

    @Test
    void comesAsOneFileAndTakesNothingFromElsewhere() throws Exception {
        String page = get("/").body();

        assertThat(page).doesNotContainPattern("(src|href)\\s*=").doesNotContain(" style=", "@import", "url(")
                .doesNotContainPattern(" on[a-z]+=");
        assertThat(page.replace("http://www.w3.org/2000/svg", "")).doesNotContain("http:", "https:");
    }

    @Test
    void readsWhatIsTrueAtEachLook() throws Exception {
        assertThat(get("/status.json").body()).isEqualTo("{\"guests\":[]}");

        metrics.show(() -> "{\"guests\":[{}]}");

        assertThat(get("/status.json").body()).isEqualTo("{\"guests\":[{}]}");
        assertThat(get("/status.json").headers().get("content-type")).containsExactly("application/json");
        assertThat(get("/status.json").headers().get("cache-control")).containsExactly("no-store");
    }
}
