package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.StructType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.JsonNode;

/** One QMP command. */
interface Command<A> {

    /** As clients write it. */
    String name();

    /** What it takes; {@code query-qmp-schema} is made of it too. */
    StructType<A> arguments();

    /** Whether it returns something; otherwise it returns an empty object. */
    default boolean hasResult() {
        return false;
    }

    /** Whether it may overtake other commands. It must not wait for the guest or for them then. */
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
