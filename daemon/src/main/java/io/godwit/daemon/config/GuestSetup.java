package io.godwit.daemon.config;

import io.godwit.engine.GuestSpec;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * One guest that a daemon serves, and all that belongs to it: there may be many of them in one process.
 *
 * @param guest what it is
 * @param monitors its QMP monitors, in the order given
 * @param incomingUri where to listen for the migration the guest waits for; absent when there is none, or when
 *        {@code migrate-incoming} will say (the guest's spec tells these two apart)
 * @param descriptors what the process inherited for it
 * @param qemu the QMP socket of the QEMU that the guest runs in; then {@code guest} has its name, and whether files are sealed
 * @param blockMonitor the QMP socket of the guest's block layer
 * @param restores where to keep which restores are under way
 */
public record GuestSetup(GuestSpec guest, List<MonitorAddress> monitors, Optional<String> incomingUri,
        List<InheritedDescriptor> descriptors, Optional<Path> qemu, Optional<Path> blockMonitor,
        Optional<Path> restores) {

    public GuestSetup {
        monitors = List.copyOf(monitors);
        descriptors = List.copyOf(descriptors);
    }

    /** Names the guest where a name is needed. */
    public String label() {
        return guest.name().isEmpty() ? "guest" : guest.name();
    }
}
