package io.godwit.protocol.qapi;

import static io.godwit.protocol.qapi.TransactionActionKind.ABORT;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCKDEV_BACKUP;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCKDEV_SNAPSHOT;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCKDEV_SNAPSHOT_INTERNAL_SYNC;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCKDEV_SNAPSHOT_SYNC;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCK_DIRTY_BITMAP_ADD;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCK_DIRTY_BITMAP_CLEAR;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCK_DIRTY_BITMAP_DISABLE;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCK_DIRTY_BITMAP_ENABLE;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCK_DIRTY_BITMAP_MERGE;
import static io.godwit.protocol.qapi.TransactionActionKind.BLOCK_DIRTY_BITMAP_REMOVE;
import static io.godwit.protocol.qapi.TransactionActionKind.MIGRATE;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** QAPI {@code TransactionAction}: one of the things that a transaction does together or not at all. */
public sealed interface TransactionAction {
    QapiType<TransactionAction> TYPE = Types.ACTION;

    /** Which it is. */
    TransactionActionKind kind();

    /** Fails, and the transaction with it. */
    record Abort() implements TransactionAction {
        @Override
        public TransactionActionKind kind() {
            return ABORT;
        }
    }

    /** For the block layer. */
    record Block(TransactionActionKind kind, BlockArguments data) implements TransactionAction {

        /** As it was given. */
        public ObjectNode toJson() {
            var action = JsonNodeFactory.instance.objectNode().put("type", kind.qapiName());
            action.set("data", data.given());
            return action;
        }
    }

    /** The guest's memory and devices. */
    record Migrate(MigrateArguments data) implements TransactionAction {
        @Override
        public TransactionActionKind kind() {
            return MIGRATE;
        }
    }

    /** The schema's types behind it. */
    final class Types {
        private static final UnionType<TransactionActionKind, TransactionAction> ACTION = union();

        private Types() {}

        private static UnionType<TransactionActionKind, TransactionAction> union() {
            Map<TransactionActionKind, StructType<? extends TransactionAction>> variants = new EnumMap<>(
                    TransactionActionKind.class);
            variants.put(ABORT, wrapper("Abort", ObjectType.of("Abort", in -> new Abort()), data -> data));
            variants.put(MIGRATE, wrapper("migrate-arg", MigrateArguments.TYPE, Migrate::new));
            variants.put(BLOCKDEV_BACKUP, block(BLOCKDEV_BACKUP, BlockArguments.BACKUP));
            variants.put(BLOCKDEV_SNAPSHOT, block(BLOCKDEV_SNAPSHOT, BlockArguments.SNAPSHOT));
            variants.put(BLOCKDEV_SNAPSHOT_INTERNAL_SYNC,
                    block(BLOCKDEV_SNAPSHOT_INTERNAL_SYNC, BlockArguments.SNAPSHOT_INTERNAL));
            variants.put(BLOCKDEV_SNAPSHOT_SYNC, block(BLOCKDEV_SNAPSHOT_SYNC, BlockArguments.SNAPSHOT_SYNC));
            variants.put(BLOCK_DIRTY_BITMAP_ADD, block(BLOCK_DIRTY_BITMAP_ADD, BlockArguments.BITMAP_ADD));
            variants.put(BLOCK_DIRTY_BITMAP_MERGE, block(BLOCK_DIRTY_BITMAP_MERGE, BlockArguments.BITMAP_MERGE));
            for (var kind : new TransactionActionKind[]{BLOCK_DIRTY_BITMAP_REMOVE, BLOCK_DIRTY_BITMAP_CLEAR,
                    BLOCK_DIRTY_BITMAP_ENABLE, BLOCK_DIRTY_BITMAP_DISABLE}) {
                variants.put(kind, block(kind, BlockArguments.BITMAP));
            }
            return new UnionType<>("TransactionAction", Member.required("type", TransactionActionKind.TYPE), variants);
        }

        private static ObjectType<TransactionAction> block(TransactionActionKind kind,
                ObjectType<BlockArguments> arguments) {
            return wrapper(arguments.name(), arguments, data -> new Block(kind, data));
        }

        /** Unlike other unions this one keeps what a variant has in a member of its own. */
        private static <D> ObjectType<TransactionAction> wrapper(String name, ObjectType<D> type,
                Function<D, TransactionAction> maker) {
            Member<D> data = Member.required("data", type);
            return ObjectType.of(name + "Wrapper", in -> maker.apply(in.get(data)), data);
        }
    }
}
