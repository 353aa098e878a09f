package io.godwit.daemon.command;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.transaction.GuestMemory;
import io.godwit.daemon.transaction.Transaction;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.TransactionArguments;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Several things at one instant, or none of them. */
record RunTransaction(BlockLayer blockLayer, GuestMemory memory) implements Command<TransactionArguments> {

    @Override
    public String name() {
        return "transaction";
    }

    @Override
    public ObjectType<TransactionArguments> arguments() {
        return TransactionArguments.TYPE;
    }

    @Override
    public ObjectNode execute(TransactionArguments arguments, CommandContext context) throws QmpException {
        Transaction.run(blockLayer, memory, arguments);
        return Json.object();
    }
}
