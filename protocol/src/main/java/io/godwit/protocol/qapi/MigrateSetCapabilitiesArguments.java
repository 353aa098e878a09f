package io.godwit.protocol.qapi;

import java.util.List;

/** Arguments of {@code migrate-set-capabilities}. Capabilities not named stay as they are; of two for one the later wins. */
public record MigrateSetCapabilitiesArguments(List<MigrationCapabilityStatus> capabilities) {
    private static final Member<List<MigrationCapabilityStatus>> CAPABILITIES = Member.required("capabilities",
            new ListType<>(MigrationCapabilityStatus.TYPE));

    public static final ObjectType<MigrateSetCapabilitiesArguments> TYPE = ObjectType.of("migrate-set-capabilities-arg",
            in -> new MigrateSetCapabilitiesArguments(in.get(CAPABILITIES)), CAPABILITIES);

    public MigrateSetCapabilitiesArguments {
        capabilities = List.copyOf(capabilities);
    }

    /** The set after this; whether its members go together is another question, see {@link CapabilityRules}. */
    public MigrationCapabilities applyTo(MigrationCapabilities current) {
        MigrationCapabilities result = current;
        for (MigrationCapabilityStatus each : capabilities) {
            result = result.with(each.capability(), each.state());
        }
        return result;
    }
}
