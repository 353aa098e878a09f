package io.godwit.protocol.qapi;

import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** QAPI {@code BitmapMigrationBitmapAlias}: a dirty bitmap, its name on the way, and whether it is to persist there. */
public record BitmapMigrationBitmapAlias(String name, String alias, Optional<Transform> transform) {
    private static final Member<String> NAME = Member.required("name", BuiltinType.STR);
    private static final Member<String> ALIAS = Member.required("alias", BuiltinType.STR);
    private static final Member<Transform> TRANSFORM = Member.optional("transform", Transform.TYPE);

    public static final ObjectType<BitmapMigrationBitmapAlias> TYPE = ObjectType.of("BitmapMigrationBitmapAlias",
            in -> new BitmapMigrationBitmapAlias(in.get(NAME), in.get(ALIAS), in.find(TRANSFORM)), NAME, ALIAS,
            TRANSFORM);

    /** QAPI {@code BitmapMigrationBitmapAliasTransform}. */
    public record Transform(Optional<Boolean> persistent) {
        private static final Member<Boolean> PERSISTENT = Member.optional("persistent", BuiltinType.BOOL);

        static final ObjectType<Transform> TYPE = ObjectType.of("BitmapMigrationBitmapAliasTransform",
                in -> new Transform(in.find(PERSISTENT)), PERSISTENT);
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("name", name).put("alias", alias);
        transform.ifPresent(given -> {
            ObjectNode inner = json.putObject("transform");
            given.persistent().ifPresent(persistent -> inner.put("persistent", persistent));
        });
        return json;
    }
}
