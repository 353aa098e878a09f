package io.godwit.daemon.block;

import io.godwit.daemon.remote.MonitorListener;
import io.godwit.daemon.remote.RemoteMonitor;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.protocol.qapi.ActionCompletionMode;
import io.godwit.protocol.qapi.BlockArguments;
import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A block layer behind a QMP socket. Owns the connection to it; one that was lost is made anew by the next command. Its events go
 * to the guest's clients, except what a rehearsal causes.
 */
public final class RemoteBlockLayer implements BlockLayer {
    private static final Logger LOG = LoggerFactory.getLogger(RemoteBlockLayer.class);
    /** As QEMU words it: by this a rehearsal is known to have come to its end. */
    private static final String ABORTED = "Transaction aborted using Abort action";

    private final Path socket;
    private final Duration patience;
    private final MonitorListener listener;
    private volatile boolean rehearsing;
    private volatile boolean lost;
    private RemoteMonitor monitor;
    private boolean closed;

    /**
     * Connects.
     *
     * @param patience how long to wait for the connection, and for each answer
     * @param events hears the block layer's events, whole, on a thread that must not wait
     */
    public RemoteBlockLayer(Path socket, Duration patience, Consumer<ObjectNode> events) throws IOException {
        this.socket = socket;
        this.patience = patience;
        listener = new MonitorListener() {
            @Override
            public void event(String name, ObjectNode message) {
                if (!rehearsing) {
                    events.accept(message);
                }
            }

            @Override
            public void lost(IOException why) {
                lost = true;
                LOG.warn("The block layer is lost: {}", why.getMessage());
            }
        };
        monitor = RemoteMonitor.connect(socket, patience, listener);
    }

    private synchronized RemoteMonitor monitor() throws IOException {
        if (closed) {
            throw new IOException("the connection to the block layer was closed here");
        }
        if (lost) {
            monitor.close();
            monitor = RemoteMonitor.connect(socket, patience, listener);
            lost = false;
        }
        return monitor;
    }

    @Override
    public void change(TransactionActionKind command, BlockArguments arguments) throws QmpException {
        execute(command.qapiName(), arguments.given());
    }

    @Override
    public JsonNode execute(String command, ObjectNode arguments) throws QmpException {
        try {
            return monitor().execute(command, arguments);
        } catch (IOException e) {
            throw new QmpException("The block layer has not answered: " + e.getMessage());
        }
    }

    @Override
    public void tellJob(String command, String id) throws QmpException {
        execute(command, JsonNodeFactory.instance.objectNode().put("id", id));
    }

    @Override
    public void commit(List<TransactionAction.Block> actions, ActionCompletionMode mode)
            throws QmpException, IOException {
        if (!actions.isEmpty()) {
            monitor().execute("transaction", transaction(actions, mode));
        }
    }

    @Override
    public void rehearse(List<TransactionAction.Block> actions) throws QmpException {
        if (actions.isEmpty()) {
            return;
        }
        var rehearsal = transaction(actions, ActionCompletionMode.INDIVIDUAL); // grouped refuses to abort
        ((ArrayNode) rehearsal.get("actions")).addObject().put("type", "abort").putObject("data");
        rehearsing = true;
        try {
            execute("transaction", rehearsal);
            throw new QmpException("The block layer has carried out a transaction that was to be aborted");
        } catch (QmpException e) {
            if (!e.error().desc().equals(ABORTED)) {
                throw e;
            }
        } finally {
            rehearsing = false;
        }
    }

    private static ObjectNode transaction(List<TransactionAction.Block> actions, ActionCompletionMode mode) {
        var transaction = JsonNodeFactory.instance.objectNode();
        var list = transaction.putArray("actions");
        actions.forEach(action -> list.add(action.toJson()));
        transaction.putObject("properties").put("completion-mode", mode.qapiName());
        return transaction;
    }

    @Override
    public ImageUse use(String imageFile) {
        try {
            var nodes = monitor().execute("query-named-block-nodes");
            for (var node : nodes) {
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

    @Override
    public synchronized void close() {
        closed = true;
        monitor.close();
    }
}
