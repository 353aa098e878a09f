package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.QapiType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.JsonNode;

/** One QMP command. */
interface Command<A> {

    /** As clients write it. */
    String name();

    /** What it takes; {@code query-qmp-schema} is made of it too. */
    QapiType<A> arguments();

    /** The QAPI name of what it returns when it succeeds, for {@code query-qmp-schema}. */
    default boolean allowOob() {
        return false;
    }

    /** Whether it takes the descriptor that came with its request, also when it then fails. */
    default boolean takesDescriptor() {
        return false;
    }

    /** Carries it out; gives the value of {@code return}. */
    JsonNode execute(A arguments, CommandContext context) throws QmpException, MigrationException;
}
