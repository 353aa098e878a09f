package io.godwit.engine.fuzz;

import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import java.io.IOException;
import java.util.Set;

/** A mapped-ram file, as {@link InputFile#sparse} makes it. */
public final class MappedRamTarget {
    private static final Loading LOADING = new Loading(
            MigrationCapabilities.of(Set.of(MigrationCapability.MAPPED_RAM)));
    private static final Leftovers LEFTOVERS = new Leftovers();

    private MappedRamTarget() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try (var guest = HeldGuest.inMemory(Loading.MOST_BYTES)) {
            if (LOADING.load(InputFile.sparse(input), guest)) {
                guest.info();
            }
        }
        LEFTOVERS.check();
    }
}
