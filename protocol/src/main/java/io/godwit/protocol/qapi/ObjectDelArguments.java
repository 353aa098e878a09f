package io.godwit.protocol.qapi;

/** Arguments of {@code object-del}. */
public record ObjectDelArguments(String id) {
    private static final Member<String> ID = Member.required("id", BuiltinType.STR);

    public static final ObjectType<ObjectDelArguments> TYPE = ObjectType.of("object-del-arg",
            in -> new ObjectDelArguments(in.get(ID)), ID);
}
