package io.godwit.protocol.qapi;

import java.util.EnumSet;
import java.util.Set;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** An immutable set of migration capabilities that are switched on. */
public final class MigrationCapabilities {

    public static final MigrationCapabilities NONE = new MigrationCapabilities(
            EnumSet.noneOf(MigrationCapability.class));

    private final EnumSet<MigrationCapability> on;

    private MigrationCapabilities(EnumSet<MigrationCapability> on) {
        this.on = on;
    }

    public static MigrationCapabilities of(Set<MigrationCapability> on) {
        var copy = EnumSet.noneOf(MigrationCapability.class);
        copy.addAll(on);
        return new MigrationCapabilities(copy);
    }

    public boolean has(MigrationCapability capability) {
        return on.contains(capability);
    }

    /** Whether pages travel in packets on connections of their own: multifd, but not into the places of a mapped-ram file. */
    public boolean multifdPackets() {
        return has(MigrationCapability.MULTIFD) && !has(MigrationCapability.MAPPED_RAM);
    }

    /** Those that are on, in QAPI order; a copy. */
    public Set<MigrationCapability> on() {
        return EnumSet.copyOf(on);
    }

    public MigrationCapabilities with(MigrationCapability capability, boolean state) {
        var copy = EnumSet.copyOf(on);
        if (state) {
            copy.add(capability);
        } else {
            copy.remove(capability);
        }
        return new MigrationCapabilities(copy);
    }

    /** What {@code query-migrate-capabilities} answers: all there are, on or off. */
    public ArrayNode toJson() {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (MigrationCapability each : MigrationCapability.values()) {
            list.add(new MigrationCapabilityStatus(each, has(each)).toJson());
        }
        return list;
    }
}
