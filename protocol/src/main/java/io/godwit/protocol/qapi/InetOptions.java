package io.godwit.protocol.qapi;

import java.util.Optional;

/** What QAPI {@code InetSocketAddress} has besides host and port: {@code to} is the last port to try when listening. */
public record InetOptions(Optional<Boolean> numeric, Optional<Long> to, Optional<Boolean> ipv4, Optional<Boolean> ipv6,
        Optional<Boolean> keepAlive, Optional<Boolean> mptcp) {

    public static final InetOptions NONE = new InetOptions(Optional.empty(), Optional.empty(), Optional.empty(),
            Optional.empty(), Optional.empty(), Optional.empty());
}
