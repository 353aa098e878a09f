package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;

/**
 * Arguments of our own {@code x-godwit-restore-continue}.
 *
 * @param uri where its QEMU waits after {@code migrate-recover}; not needed where we know its monitor
 */
public record RestoreContinueArguments(String id, Optional<String> uri) {
    private static final Member<String> ID = Member.required("id", BuiltinType.STR);
    private static final Member<String> URI = Member.optional("uri", BuiltinType.STR);

    public static final ObjectType<RestoreContinueArguments> TYPE = ObjectType.of("x-godwit-restore-continue-arg",
            in -> new RestoreContinueArguments(in.get(ID), in.find(URI)), ID, URI);

    /**
     * Where its QEMU waits, if that was said.
     *
     * @throws QmpException when it is nowhere
     */
    public Optional<MigrationAddress> address() throws QmpException {
        return uri.isEmpty() ? Optional.empty() : Optional.of(MigrationChannel.address(uri, Optional.empty()));
    }
}
