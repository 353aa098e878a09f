package io.godwit.protocol.qapi;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** QAPI {@code MigrationCapabilityStatus}: a capability, on or off. */
public record MigrationCapabilityStatus(MigrationCapability capability, boolean state) {
    private static final Member<MigrationCapability> CAPABILITY = Member.required("capability",
            MigrationCapability.TYPE);
    private static final Member<Boolean> STATE = Member.required("state", BuiltinType.BOOL);

    public static final ObjectType<MigrationCapabilityStatus> TYPE = ObjectType.of("MigrationCapabilityStatus",
            in -> new MigrationCapabilityStatus(in.get(CAPABILITY), in.get(STATE)), CAPABILITY, STATE);

    /** As an element of what {@code query-migrate-capabilities} answers. */
    public ObjectNode toJson() {
        return JsonNodeFactory.instance.objectNode().put("capability", capability.qapiName()).put("state", state);
    }
}
