package io.godwit.protocol.qapi;

/** Arguments of {@code migrate-recover}: where a paused postcopy destination is to listen anew. */
public record MigrateRecoverArguments(String uri) {
    private static final Member<String> URI = Member.required("uri", BuiltinType.STR);

    public static final ObjectType<MigrateRecoverArguments> TYPE = ObjectType.of("migrate-recover-arg",
            in -> new MigrateRecoverArguments(in.get(URI)), URI);
}
