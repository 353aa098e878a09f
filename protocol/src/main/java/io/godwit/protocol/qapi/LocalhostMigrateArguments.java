package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;

/** Arguments of {@code localhost-migrate}. */
public record LocalhostMigrateArguments(String uri, LocalhostMigrateMode mode) {
    private static final Member<String> URI = Member.required("uri", BuiltinType.STR);
    private static final Member<LocalhostMigrateMode> MODE = Member.optional("mode", LocalhostMigrateMode.TYPE);

    public static final ObjectType<LocalhostMigrateArguments> TYPE = ObjectType.of("localhost-migrate-arg",
            in -> new LocalhostMigrateArguments(in.get(URI), in.find(MODE).orElse(LocalhostMigrateMode.AUTO)), URI,
            MODE);

    /**
     * Where to.
     *
     * @throws QmpException when it is not one, or no unix socket: descriptors travel by no other way
     */
    public MigrationAddress.UnixPath address() throws QmpException {
        if (MigrationChannel.address(Optional.of(uri), Optional.empty()) instanceof MigrationAddress.UnixPath unix) {
            return unix;
        }
        throw new QmpException("localhost-migrate needs unix:PATH, got '" + uri + "'");
    }
}
