package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.CapabilityRules;
import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.MigrationTerms;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Starts an outgoing migration. Faults of the address come first, then what does not go together, then the state. */
record Migrate(MigrationEngine engine, SecuredAddresses addresses) implements Command<MigrateArguments> {

    @Override
    public String name() {
        return "migrate";
    }

    @Override
    public ObjectType<MigrateArguments> arguments() {
        return MigrateArguments.TYPE;
    }

    @Override
    public ObjectNode execute(MigrateArguments arguments, CommandContext context)
            throws QmpException, MigrationException {
        MigrationAddress address = arguments.address();
        MigrationTerms terms = arguments.terms();
        if (arguments.resume() && !terms.isEmpty()) {
            throw new QmpException("Terms are for a migration that begins: 'resume' goes on by those that it has");
        }
        if (arguments.resume() && arguments.tlsPeer().isPresent()) {
            throw new QmpException(
                    "Parameter 'x-godwit-tls-peer' is for a migration that begins: 'resume' goes on with the peer that it has");
        }
        TransportRules.check(address, engine.capabilities());
        CapabilityRules.checkSending(engine.capabilities());
        NotBuiltYet.checkSending(engine.capabilities(), engine.parameters());
        if (arguments.resume()) {
            engine.migrate(addresses.outgoingAgain(address), true);
        } else {
            engine.migrate(addresses.outgoing(address, arguments.tlsPeer()), terms);
        }
        return Json.object();
    }
}
