package io.godwit.daemon.block;

import io.godwit.protocol.qapi.ActionCompletionMode;
import io.godwit.protocol.qapi.BlockArguments;
import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Answers as a QEMU without disks does: there are none, and none is found. */
public final class NoDisks implements BlockLayer {

    @Override
    public void change(TransactionActionKind command, BlockArguments arguments) throws QmpException {
        throw new QmpException(command == TransactionActionKind.BLOCK_DIRTY_BITMAP_MERGE
                ? "Node '" + arguments.nodeName() + "' not found"
                : "Cannot find device='" + arguments.device() + "' nor node-name='" + arguments.nodeName() + "'");
    }

    @Override
    public ArrayNode execute(String command, ObjectNode arguments) {
        return JsonNodeFactory.instance.arrayNode();
    }

    @Override
    public void tellJob(String command, String id) throws QmpException {
        throw new QmpException("Job not found");
    }

    @Override
    public void commit(List<TransactionAction.Block> actions, ActionCompletionMode mode) throws QmpException {
        if (!actions.isEmpty()) {
            change(actions.getFirst().kind(), actions.getFirst().data());
        }
    }

    @Override
    public void rehearse(List<TransactionAction.Block> actions) throws QmpException {
        commit(actions, ActionCompletionMode.INDIVIDUAL);
    }

    @Override
    public ImageUse use(String imageFile) {
        return ImageUse.NOT_OPEN;
    }
}
