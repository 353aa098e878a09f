package io.godwit.daemon.config;

import java.net.InetSocketAddress;

/** {@code HOST:PORT}, an IPv6 address in brackets. */
final class HostPort {
    private HostPort() {}

    static InetSocketAddress parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        } else if (host.indexOf(':') >= 0) {
            host = "";
        }
        if (host.isEmpty()) {
            throw new BadOption("is '" + text + "', expected HOST:PORT such as 127.0.0.1:9090 or [::1]:9090");
        }
        return InetSocketAddress.createUnresolved(host, (int) Whole.parse(text.substring(colon + 1), 0, 65535));
    }
}
