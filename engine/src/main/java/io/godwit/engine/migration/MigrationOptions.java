package io.godwit.engine.migration;

import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MultiFDCompression;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.Supplier;

/**
 * What a migration was started with. Capabilities are fixed then; limits among the parameters may change while it runs, so
 * they are asked for where they are applied: once a pass, once a window of the rate limit.
 *
 * @param uuid the guest's, when it has one
 * @param sealsFiles whether a file that is written gets a seal
 * @param offer the terms of a migration that has a contract
 */
public record MigrationOptions(MigrationCapabilities capabilities, Supplier<MigrationParameters> parameters,
        Optional<UUID> uuid, boolean sealsFiles, Optional<Offer> offer) {
    /** What a switchover of a small guest takes on an idle host, without any page. */
    private static final long BESIDE_THE_LAST_PASS_MILLIS = 5;

    /** Without a contract. */
    public MigrationOptions(MigrationCapabilities capabilities, Supplier<MigrationParameters> parameters,
            Optional<UUID> uuid, boolean sealsFiles) {
        this(capabilities, parameters, uuid, sealsFiles, Optional.empty());
    }

    /** Whether pages go in packets that are compressed: one may take less than its bytes. */
    public boolean compressesPackets() {
        return capabilities.multifdPackets()
                && !parameters.get().multifdCompression().equals(MultiFDCompression.NONE.qapiName());
    }

    /** The same with a contract: where it is about downtime, downtime-limit is no more than leaves room to keep it. */
    public MigrationOptions with(Offer terms) {
        OptionalLong most = terms.terms().maxDowntimeMillis();
        Supplier<MigrationParameters> kept = most.isEmpty()
                ? parameters
                : () -> parameters.get().downtimeAtMost(forTheLastPass(most.getAsLong()));
        return new MigrationOptions(capabilities, kept, uuid, sealsFiles, Optional.of(terms));
    }

    /** The last pass is not all of a downtime: stopping the guest, its devices and the other side's answer take their time. */
    private static long forTheLastPass(long millis) {
        return Math.max(1, millis - millis / 10 - BESIDE_THE_LAST_PASS_MILLIS);
    }
}
