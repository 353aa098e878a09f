package io.godwit.engine.migration;

import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationParameters;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What a migration was started with. Capabilities are fixed then; limits among the parameters may change while it runs, so
 * they are asked for where they are applied: once a pass, once a window of the rate limit.
 *
 * @param uuid the guest's, when it has one
 * @param sealsFiles whether a file that is written gets a seal
 */
public record MigrationOptions(MigrationCapabilities capabilities, Supplier<MigrationParameters> parameters,
        Optional<UUID> uuid, boolean sealsFiles) {}
