package io.godwit.daemon.config;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Optional;

/**
 * All options of a daemon, checked.
 *
 * @param guest the guest of the command line; only a daemon with a control monitor may be without
 * @param control where guests are added and removed
 * @param allowed who may be a client of any monitor
 * @param metrics where to serve metrics; not resolved yet
 * @param rehearses whether it makes a few small migrations of its own first
 * @param takeOver where a daemon waits whose place is to be taken; then what the other options name is that daemon's already
 */
public record DaemonOptions(Optional<GuestSetup> guest, Optional<MonitorAddress> control, AllowedPeers allowed,
        Optional<InetSocketAddress> metrics, Optional<Path> pidfile, LogFormat logFormat,
        boolean rehearses, Optional<Path> takeOver) {}
