package io.godwit.protocol.qapi;

import java.util.Map;

/** QAPI {@code YankInstance}: a thing with connections that {@code yank} can break off. */
public sealed interface YankInstance {
    QapiType<YankInstance> TYPE = Types.INSTANCE;

    /** A block node that reaches its storage over a network. */
    record BlockNode(String nodeName) implements YankInstance {}

    /** A character device on a socket. */
    record Chardev(String id) implements YankInstance {}

    /** The migration, in or out. */
    record Migration() implements YankInstance {}

    /** The schema's types behind it. */
    final class Types {
        private static final Member<String> NODE_NAME = Member.required("node-name", BuiltinType.STR);
        private static final ObjectType<YankInstance> BLOCK_NODE = ObjectType.of("YankInstanceBlockNode",
                in -> new BlockNode(in.get(NODE_NAME)), NODE_NAME);
        private static final Member<String> ID = Member.required("id", BuiltinType.STR);
        private static final ObjectType<YankInstance> CHARDEV = ObjectType.of("YankInstanceChardev",
                in -> new Chardev(in.get(ID)), ID);
        private static final ObjectType<YankInstance> MIGRATION = ObjectType.of("{}", in -> new Migration());
        private static final UnionType<YankInstanceType, YankInstance> INSTANCE = new UnionType<>("YankInstance",
                Member.required("type", YankInstanceType.TYPE), Map.of(YankInstanceType.BLOCK_NODE, BLOCK_NODE,
                        YankInstanceType.CHARDEV, CHARDEV, YankInstanceType.MIGRATION, MIGRATION));

        private Types() {}
    }
}
