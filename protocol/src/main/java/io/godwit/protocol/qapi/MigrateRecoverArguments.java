package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;

/** Arguments of {@code migrate-recover}: where a paused postcopy destination is to listen anew. */
public record MigrateRecoverArguments(String uri) {
    private static final Member<String> URI = Member.required("uri", BuiltinType.STR);

    public static final ObjectType<MigrateRecoverArguments> TYPE = ObjectType.of("migrate-recover-arg",
            in -> new MigrateRecoverArguments(in.get(URI)), URI);

    /**
     * Where to.
     *
     * @throws QmpException when it is not one
     */
    public MigrationAddress address() throws QmpException {
        return MigrationChannel.address(Optional.of(uri), Optional.empty());
    }
}
