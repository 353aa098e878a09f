package io.godwit.protocol.qapi;

import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** QAPI {@code BitmapMigrationNodeAlias}: which dirty bitmaps of a block node travel, and under which names. */
public record BitmapMigrationNodeAlias(String nodeName, String alias, List<BitmapMigrationBitmapAlias> bitmaps) {
    private static final Member<String> NODE_NAME = Member.required("node-name", BuiltinType.STR);
    private static final Member<String> ALIAS = Member.required("alias", BuiltinType.STR);
    private static final Member<List<BitmapMigrationBitmapAlias>> BITMAPS = Member.required("bitmaps",
            new ListType<>(BitmapMigrationBitmapAlias.TYPE));

    public static final ObjectType<BitmapMigrationNodeAlias> TYPE = ObjectType.of("BitmapMigrationNodeAlias",
            in -> new BitmapMigrationNodeAlias(in.get(NODE_NAME), in.get(ALIAS), in.get(BITMAPS)), NODE_NAME, ALIAS,
            BITMAPS);

    public BitmapMigrationNodeAlias {
        bitmaps = List.copyOf(bitmaps);
    }

    ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("node-name", nodeName).put("alias", alias);
        var list = json.putArray("bitmaps");
        bitmaps.forEach(bitmap -> list.add(bitmap.toJson()));
        return json;
    }
}
