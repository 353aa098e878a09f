package io.godwit.protocol.qapi;

import java.util.Optional;

/** Arguments of our own {@code x-godwit-upgrade}. */
public record UpgradeArguments(Optional<String> program) {
    private static final Member<String> PROGRAM = Member.optional("program", BuiltinType.STR);

    public static final ObjectType<UpgradeArguments> TYPE = ObjectType.of("x-godwit-upgrade-arg",
            in -> new UpgradeArguments(in.find(PROGRAM)), PROGRAM);
}
