package io.godwit.daemon.metrics;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** What an HTTP server answered. */
record HttpAnswer(int status, Map<String, List<String>> headers, String body) {

    static HttpAnswer to(String method, InetSocketAddress address, String path) throws IOException {
        var url = URI.create("http://127.0.0.1:" + address.getPort() + path).toURL();
        var connection = (HttpURLConnection) url.openConnection();
        connection.setRequestMethod(method);
        int status = connection.getResponseCode();
        try (InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
            return new HttpAnswer(status, connection.getHeaderFields(),
                    new String(body.readAllBytes(), StandardCharsets.UTF_8));
        } finally {
            connection.disconnect();
        }
    }
}
