package io.godwit.daemon.command;

import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.UnionType;
import io.godwit.protocol.qapi.YankInstanceType;
import java.util.Map;

/** QAPI {@code YankInstance}: something whose connection can be broken off. Block nodes and chardevs do not exist here. */
record YankInstance(YankInstanceType type) {
    static final UnionType<YankInstanceType, YankInstance> TYPE = new UnionType<>("YankInstance",
            Member.required("type", YankInstanceType.TYPE),
            Map.of(YankInstanceType.MIGRATION, variant("YankInstanceMigration", YankInstanceType.MIGRATION),
                    YankInstanceType.BLOCK_NODE,
                    variant("YankInstanceBlockNode", YankInstanceType.BLOCK_NODE,
                            Member.required("node-name", BuiltinType.STR)),
                    YankInstanceType.CHARDEV, variant("YankInstanceChardev", YankInstanceType.CHARDEV,
                            Member.required("id", BuiltinType.STR))));

    private static ObjectType<YankInstance> variant(String name, YankInstanceType type, Member<?>... members) {
        return ObjectType.of(name, in -> new YankInstance(type), members);
    }
}
