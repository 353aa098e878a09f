package io.godwit.daemon.block;

import io.godwit.protocol.qapi.ActionCompletionMode;
import io.godwit.protocol.qapi.BlockArguments;
import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpErrorClass;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Answers as a QEMU without disks does: there are none, and none is found. */
public final class NoDisks implements BlockLayer {

    @Override
    public void change(TransactionActionKind command, BlockArguments arguments) throws QmpException {
        if (command == TransactionActionKind.BLOCK_DIRTY_BITMAP_ADD
                && arguments.given().path("name").asString("").isEmpty()) {
            throw new QmpException("Bitmap name cannot be empty");
        }
        throw switch (command) {
            case BLOCK_DIRTY_BITMAP_MERGE, BLOCK_DIRTY_BITMAP_REMOVE, BLOCK_DIRTY_BITMAP_CLEAR,
                    BLOCK_DIRTY_BITMAP_ENABLE, BLOCK_DIRTY_BITMAP_DISABLE ->
                new QmpException("Node '" + arguments.nodeName() + "' not found");
            case BLOCK_DIRTY_BITMAP_ADD, BLOCKDEV_BACKUP, BLOCKDEV_SNAPSHOT, BLOCKDEV_SNAPSHOT_INTERNAL_SYNC,
                    BLOCKDEV_SNAPSHOT_SYNC, ABORT, MIGRATE ->
                notFound(arguments.device(), arguments.nodeName());
        };
    }

    @Override
    public JsonNode execute(String command, ObjectNode arguments) throws QmpException {
        String device = arguments.path("device").asString("");
        return switch (command) {
            case "blockdev-set-active" -> {
                if (arguments.has("node-name")) {
                    throw noNode(arguments);
                }
                yield JsonNodeFactory.instance.objectNode();
            }
            case "blockdev-del" -> throw noNode(arguments);
            case "blockdev-mirror", "block-stream", "blockdev-snapshot-delete-internal-sync" ->
                throw notFound(device, device);
            case "block-job-cancel", "block-job-set-speed", "block-job-pause", "block-job-resume",
                    "block-job-complete" ->
                throw noBlockJob(device);
            case "block-job-dismiss", "block-job-finalize" -> throw noBlockJob(arguments.path("id").asString(""));
            case "block-commit" -> throw new QmpException(
                    new QmpError(QmpErrorClass.DEVICE_NOT_FOUND, "Device '" + device + "' not found"));
            case "block-export-del" ->
                throw new QmpException("Export '" + arguments.path("id").asString("") + "' is not found");
            case String query when query.startsWith("query-") -> JsonNodeFactory.instance.arrayNode();
            default -> throw new QmpException(
                    "Command " + command + " needs a block layer: start the daemon with --block-qmp");
        };
    }

    private static QmpException noBlockJob(String id) {
        return new QmpException(new QmpError(QmpErrorClass.DEVICE_NOT_ACTIVE, "Block job '" + id + "' not found"));
    }

    private static QmpException noNode(ObjectNode arguments) {
        return new QmpException(
                "Failed to find node with node-name='" + arguments.path("node-name").asString("") + "'");
    }

    private static QmpException notFound(String device, String nodeName) {
        return new QmpException("Cannot find device='" + device + "' nor node-name='" + nodeName + "'");
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
