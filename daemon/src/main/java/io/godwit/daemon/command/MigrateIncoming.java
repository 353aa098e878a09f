package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.MigrateIncomingArguments;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Tells a waiting guest where its migration comes from. */
record MigrateIncoming(MigrationEngine engine,
        SecuredAddresses addresses) implements Command<MigrateIncomingArguments> {

    @Override
    public String name() {
        return "migrate-incoming";
    }

    @Override
    public ObjectType<MigrateIncomingArguments> arguments() {
        return MigrateIncomingArguments.TYPE;
    }

    @Override
    public ObjectNode execute(MigrateIncomingArguments arguments, CommandContext context)
            throws QmpException, MigrationException {
        if (!engine.spec().incoming()) {
            throw new QmpException("'-incoming' was not specified on the command line");
        }
        MigrationAddress address = arguments.address();
        TransportRules.check(address, engine.capabilities());
        NotBuiltYet.checkReceiving(engine.capabilities(), engine.parameters());
        engine.migrateIncoming(addresses.incoming(address, arguments.tlsPeer()),
                exitOnError(arguments.exitOnError(), engine.spec().kind()));
        return Json.object();
    }

    /** Nothing is lost where no guest was to run: who holds guests can take the next one, unless told otherwise. */
    static boolean exitOnError(Optional<Boolean> asked, GuestSpec.Kind kind) {
        return asked.orElse(!(kind instanceof GuestSpec.Held));
    }
}
