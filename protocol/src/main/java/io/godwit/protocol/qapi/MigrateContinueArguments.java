package io.godwit.protocol.qapi;

/** Arguments of {@code migrate-continue}: the status that the migration is thought to wait in. */
public record MigrateContinueArguments(MigrationStatus state) {
    private static final Member<MigrationStatus> STATE = Member.required("state", MigrationStatus.TYPE);

    public static final ObjectType<MigrateContinueArguments> TYPE = ObjectType.of("migrate-continue-arg",
            in -> new MigrateContinueArguments(in.get(STATE)), STATE);
}
