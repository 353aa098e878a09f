package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Optional;

/**
 * Arguments of {@code migrate-incoming}.
 *
 * @param exitOnError whether a failed migration ends the process; its default depends on the guest
 * @param tlsPeer our own: the SHA-256, in hexadecimal digits, of the certificate that the source has to show
 */
public record MigrateIncomingArguments(Optional<String> uri, Optional<List<MigrationChannel>> channels,
        Optional<Boolean> exitOnError, Optional<String> tlsPeer) {
    static final Member<String> TLS_PEER = Member.optional("x-godwit-tls-peer", BuiltinType.STR);
    private static final Member<String> URI = Member.optional("uri", BuiltinType.STR);
    private static final Member<List<MigrationChannel>> CHANNELS = Member.optional("channels",
            new ListType<>(MigrationChannel.TYPE));
    private static final Member<Boolean> EXIT_ON_ERROR = Member.optional("exit-on-error", BuiltinType.BOOL);

    public static final ObjectType<MigrateIncomingArguments> TYPE = ObjectType.of("migrate-incoming-arg",
            in -> new MigrateIncomingArguments(in.find(URI), in.find(CHANNELS), in.find(EXIT_ON_ERROR),
                    in.find(TLS_PEER)),
            URI, CHANNELS, EXIT_ON_ERROR, TLS_PEER);

    /**
     * Where from.
     *
     * @throws QmpException when it is said in no way, in two, or in a wrong one
     */
    public MigrationAddress address() throws QmpException {
        return MigrationChannel.address(uri, channels);
    }
}
