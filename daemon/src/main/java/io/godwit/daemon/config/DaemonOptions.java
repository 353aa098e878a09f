package io.godwit.daemon.config;

import io.godwit.engine.GuestSpec;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * All options of a daemon, checked.
 *
 * @param monitors QMP monitors of the guest, in the order given
 * @param incomingUri where to listen for the migration the guest waits for; absent when there is none, or when
 *        {@code migrate-incoming} will say (the guest's spec tells these two apart)
 * @param qemu the QMP socket of the QEMU that the guest runs in; then {@code guest} has its name, and whether files are sealed
 * @param blockMonitor the QMP socket of the guest's block layer
 * @param metrics where to serve metrics; not resolved yet
 * @param restores where to keep which restores are under way
 * @param takeOver where a daemon waits whose place is to be taken; then what the other options name is that daemon's already
 */
public record DaemonOptions(GuestSpec guest, List<MonitorAddress> monitors, Optional<String> incomingUri,
        List<InheritedDescriptor> descriptors, Optional<Path> qemu, Optional<Path> blockMonitor,
        Optional<InetSocketAddress> metrics, Optional<Path> pidfile, Optional<Path> restores,
        LogFormat logFormat, Optional<Path> takeOver) {

    public DaemonOptions {
        monitors = List.copyOf(monitors);
        descriptors = List.copyOf(descriptors);
    }
}
