package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Optional;

/** Arguments of {@code migrate}. {@code detach} means nothing: the command always returns once the migration started. */
public record MigrateArguments(Optional<String> uri, Optional<List<MigrationChannel>> channels,
        Optional<Boolean> detach, boolean resume) {
    private static final Member<String> URI = Member.optional("uri", BuiltinType.STR);
    private static final Member<List<MigrationChannel>> CHANNELS = Member.optional("channels",
            new ListType<>(MigrationChannel.TYPE));
    private static final Member<Boolean> DETACH = Member.optional("detach", BuiltinType.BOOL);
    private static final Member<Boolean> RESUME = Member.optional("resume", BuiltinType.BOOL);

    public static final ObjectType<MigrateArguments> TYPE = ObjectType.of("migrate-arg",
            in -> new MigrateArguments(in.find(URI), in.find(CHANNELS), in.find(DETACH), in.find(RESUME).orElse(false)),
            URI, CHANNELS, DETACH, RESUME);

    /**
     * Where to.
     *
     * @throws QmpException when it is said in no way, in two, or in a wrong one
     */
    public MigrationAddress address() throws QmpException {
        return MigrationChannel.address(uri, channels);
    }
}
