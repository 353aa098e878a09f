package io.godwit.protocol.qapi;

/** Arguments of our own {@code x-godwit-restore-push}. */
public record RestorePushArguments(String id) {
    private static final Member<String> ID = Member.required("id", BuiltinType.STR);

    public static final ObjectType<RestorePushArguments> TYPE = ObjectType.of("x-godwit-restore-push-arg",
            in -> new RestorePushArguments(in.get(ID)), ID);
}
