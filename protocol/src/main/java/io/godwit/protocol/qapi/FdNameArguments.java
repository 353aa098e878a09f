package io.godwit.protocol.qapi;

/** Arguments of {@code getfd} and {@code closefd}: the name a passed descriptor is stored under. */
public record FdNameArguments(String fdname) {
    private static final Member<String> FDNAME = Member.required("fdname", BuiltinType.STR);

    public static final ObjectType<FdNameArguments> TYPE = ObjectType.of("getfd-arg",
            in -> new FdNameArguments(in.get(FDNAME)), FDNAME);
}
