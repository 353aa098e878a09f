package io.godwit.daemon.block;

import io.godwit.daemon.remote.MonitorLink;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.protocol.qapi.ActionCompletionMode;
import io.godwit.protocol.qapi.BlockArguments;
import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A block layer behind a QMP monitor.
 *
 * @param link lent; keeps to itself what a rehearsal causes
 */
public record RemoteBlockLayer(MonitorLink link) implements BlockLayer {
    /** As QEMU words it: by this a rehearsal is known to have come to its end. */
    private static final String ABORTED = "Transaction aborted using Abort action";

    @Override
    public void change(TransactionActionKind command, BlockArguments arguments) throws QmpException {
        execute(command.qapiName(), arguments.given());
    }

    @Override
    public JsonNode execute(String command, ObjectNode arguments) throws QmpException {
        try {
            return link.monitor().execute(command, arguments);
        } catch (IOException e) {
            throw unanswered(e);
        }
    }

    private static QmpException unanswered(IOException e) {
        return new QmpException("The block layer has not answered: " + e.getMessage());
    }

    @Override
    public void tellJob(String command, String id) throws QmpException {
        execute(command, JsonNodeFactory.instance.objectNode().put("id", id));
    }

    @Override
    public void commit(List<TransactionAction.Block> actions, ActionCompletionMode mode)
            throws QmpException, IOException {
        if (!actions.isEmpty()) {
            var transaction = transaction(actions);
            transaction.putObject("properties").put("completion-mode", mode.qapiName());
            link.monitor().execute("transaction", transaction);
        }
    }

    @Override
    public void rehearse(List<TransactionAction.Block> actions) throws QmpException {
        if (actions.isEmpty()) {
            return;
        }
        var rehearsal = transaction(actions);
        rehearsal.withArray("actions").addObject().put("type", "abort").putObject("data");
        try {
            link.quietly(() -> link.monitor().execute("transaction", rehearsal));
            throw new QmpException("The block layer has carried out a transaction that was to be aborted");
        } catch (IOException e) {
            throw unanswered(e);
        } catch (QmpException e) {
            if (!e.error().desc().equals(ABORTED)) {
                throw e;
            }
        }
    }

    private static ObjectNode transaction(List<TransactionAction.Block> actions) {
        var transaction = JsonNodeFactory.instance.objectNode();
        var list = transaction.putArray("actions");
        actions.forEach(action -> list.add(action.toJson()));
        return transaction;
    }

    @Override
    public ImageUse use(String imageFile) {
        try {
            for (var node : link.monitor().execute("query-named-block-nodes")) {
                if (node.path("file").asString("").equals(imageFile)) {
                    return ImageUse.OPEN;
                }
            }
            return ImageUse.NOT_OPEN;
        } catch (ErrnoException e) {
            return e.errno() == Errno.ECONNREFUSED || e.errno() == Errno.ENOENT
                    ? ImageUse.NOT_OPEN
                    : ImageUse.UNKNOWN;
        } catch (IOException | QmpException e) {
            return ImageUse.UNKNOWN;
        }
    }
}
