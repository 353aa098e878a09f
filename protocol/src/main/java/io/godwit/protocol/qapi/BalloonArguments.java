package io.godwit.protocol.qapi;

/** Arguments of {@code balloon}: how many bytes of RAM the guest should do with. */
public record BalloonArguments(long value) {
    private static final Member<Long> VALUE = Member.required("value", BuiltinType.INT);

    public static final ObjectType<BalloonArguments> TYPE = ObjectType.of("balloon-arg",
            in -> new BalloonArguments(in.get(VALUE)), VALUE);
}
