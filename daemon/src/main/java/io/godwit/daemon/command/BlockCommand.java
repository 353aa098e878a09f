package io.godwit.daemon.command;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.BlockArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** A command that changes disks, and could be an action of a transaction as well. */
record BlockCommand(TransactionActionKind kind, ObjectType<BlockArguments> arguments,
        BlockLayer blockLayer) implements Command<BlockArguments> {

    /** All commands about disks. */
    static List<Command<?>> all(BlockLayer layer) {
        return List.of(
                new BlockCommand(TransactionActionKind.BLOCKDEV_SNAPSHOT_SYNC, BlockArguments.SNAPSHOT_SYNC, layer),
                new BlockCommand(TransactionActionKind.BLOCKDEV_SNAPSHOT, BlockArguments.SNAPSHOT, layer),
                new BlockCommand(TransactionActionKind.BLOCKDEV_SNAPSHOT_INTERNAL_SYNC,
                        BlockArguments.SNAPSHOT_INTERNAL, layer),
                new BlockCommand(TransactionActionKind.BLOCKDEV_BACKUP, BlockArguments.BACKUP, layer),
                new BlockCommand(TransactionActionKind.BLOCK_DIRTY_BITMAP_ADD, BlockArguments.BITMAP_ADD, layer),
                new BlockCommand(TransactionActionKind.BLOCK_DIRTY_BITMAP_REMOVE, BlockArguments.BITMAP, layer),
                new BlockCommand(TransactionActionKind.BLOCK_DIRTY_BITMAP_CLEAR, BlockArguments.BITMAP, layer),
                new BlockCommand(TransactionActionKind.BLOCK_DIRTY_BITMAP_ENABLE, BlockArguments.BITMAP, layer),
                new BlockCommand(TransactionActionKind.BLOCK_DIRTY_BITMAP_DISABLE, BlockArguments.BITMAP, layer),
                new BlockCommand(TransactionActionKind.BLOCK_DIRTY_BITMAP_MERGE, BlockArguments.BITMAP_MERGE, layer),
                new BlockQuery("query-block", layer), new BlockQuery("query-named-block-nodes", layer),
                new BlockQuery("query-block-jobs", layer));
    }

    @Override
    public String name() {
        return kind.qapiName();
    }

    @Override
    public ObjectNode execute(BlockArguments given, CommandContext context) throws QmpException {
        blockLayer.change(kind, given);
        return Json.object();
    }
}
