package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Arguments of {@code migrate}. {@code detach} means nothing: the command always returns once the migration started.
 *
 * @param given the terms as they were given: {@link #terms} says whether they can be
 * @param tlsPeer our own: the SHA-256, in hexadecimal digits, of the certificate that the destination has to show
 */
public record MigrateArguments(Optional<String> uri, Optional<List<MigrationChannel>> channels,
        Optional<Boolean> detach, boolean resume, MigrationTerms given, Optional<String> tlsPeer) {
    private static final Member<String> URI = Member.optional("uri", BuiltinType.STR);
    private static final Member<List<MigrationChannel>> CHANNELS = Member.optional("channels",
            new ListType<>(MigrationChannel.TYPE));
    private static final Member<Boolean> DETACH = Member.optional("detach", BuiltinType.BOOL);
    private static final Member<Boolean> RESUME = Member.optional("resume", BuiltinType.BOOL);

    public static final ObjectType<MigrateArguments> TYPE = ObjectType.of("migrate-arg",
            in -> new MigrateArguments(in.find(URI), in.find(CHANNELS), in.find(DETACH), in.find(RESUME).orElse(false),
                    MigrationTerms.of(in), in.find(MigrateIncomingArguments.TLS_PEER)),
            Stream.concat(Stream.of(URI, CHANNELS, DETACH, RESUME, MigrateIncomingArguments.TLS_PEER),
                    MigrationTerms.MEMBERS.stream())
                    .toArray(Member[]::new));

    /**
     * What it may cost.
     *
     * @throws QmpException when one is out of its range
     */
    public MigrationTerms terms() throws QmpException {
        return given.checked();
    }

    /**
     * A guest that is saved beside its disks, or by somebody else's QEMU, has no peer, no terms and nothing to go on with.
     *
     * @throws QmpException naming what was given all the same
     */
    public void checkForSaving() throws QmpException {
        if (resume) {
            throw new QmpException("Parameter 'resume' is for a migration that was paused, not for a new one");
        }
        if (tlsPeer.isPresent()) {
            throw new QmpException("Parameter 'x-godwit-tls-peer' is for migrate itself, not for one in a transaction");
        }
        if (!given.isEmpty()) {
            throw new QmpException("Terms are for a guest that goes, not for one that is saved");
        }
    }

    /**
     * Where to.
     *
     * @throws QmpException when it is said in no way, in two, or in a wrong one
     */
    public MigrationAddress address() throws QmpException {
        return MigrationChannel.address(uri, channels);
    }
}
