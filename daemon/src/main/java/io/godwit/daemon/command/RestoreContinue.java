package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.restore.Pager;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.RestoreContinueArguments;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Godwit's own: has a restore go on that is paused, because its file was damaged or its QEMU has no monitor that we know. */
record RestoreContinue(Pager pager, MigrationAddresses addresses) implements Command<RestoreContinueArguments> {

    @Override
    public String name() {
        return "x-godwit-restore-continue";
    }

    @Override
    public ObjectType<RestoreContinueArguments> arguments() {
        return RestoreContinueArguments.TYPE;
    }

    @Override
    public ObjectNode execute(RestoreContinueArguments arguments, CommandContext context) throws QmpException {
        Optional<MigrationAddress> address = arguments.address();
        Optional<Endpoint> where = address.isPresent()
                ? Optional.of(addresses.outgoing(address.get()))
                : Optional.empty();
        try {
            pager.goOn(arguments.id(), where);
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
        return Json.object();
    }
}
