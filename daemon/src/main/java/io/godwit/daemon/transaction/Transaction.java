package io.godwit.daemon.transaction;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.block.BlockLayer.ImageUse;
import io.godwit.protocol.qapi.ActionCompletionMode;
import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qapi.TransactionArguments;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One transaction on its way. All actions are tried in their order first, so that what fails does so while the guest runs; then
 * they happen at one instant.
 *
 * <pre>
 * block action, ...    tried by the block layer, which undoes them; their images are made
 * migrate              file opened or peer connected
 * --- nothing has happened to the guest until here ---
 * guest stands still, memory frozen, block actions committed, guest goes on
 * </pre>
 *
 * Of the memory and the disks, the disks come last: they cannot be undone once committed, and nothing that can fail comes after them.
 */
public final class Transaction {
    private static final Set<TransactionActionKind> JOBS = EnumSet.of(TransactionActionKind.BLOCKDEV_BACKUP,
            TransactionActionKind.MIGRATE);

    private final BlockLayer blockLayer;
    private final GuestMemory memory;
    private final TransactionArguments arguments;
    private final List<TransactionAction.Block> blockActions = new ArrayList<>();
    private final NewImages newImages;
    private GuestMemory.@Nullable Prepared prepared;
    private @Nullable SavedFile file;
    private @Nullable IOException lost;
    private boolean committed;

    private Transaction(BlockLayer blockLayer, GuestMemory memory, TransactionArguments arguments) {
        this.blockLayer = blockLayer;
        this.memory = memory;
        this.arguments = arguments;
        newImages = NewImages.of(arguments.actions());
    }

    /**
     * Carries all actions out, or none.
     *
     * @throws QmpException the first action that failed; the guest and its disks are as they were, save where it says otherwise
     */
    public static void run(BlockLayer blockLayer, GuestMemory memory, TransactionArguments arguments)
            throws QmpException {
        checkModes(arguments);
        new Transaction(blockLayer, memory, arguments).run();
    }

    private static void checkModes(TransactionArguments arguments) throws QmpException {
        int migrations = 0;
        for (TransactionAction action : arguments.actions()) {
            // As QEMU has it: there is something to group only where an action is a job.
            if (!JOBS.contains(action.kind()) && arguments.completionMode() == ActionCompletionMode.GROUPED) {
                throw new QmpException("Action '" + action.kind().qapiName()
                        + "' does not support transaction property completion-mode = grouped");
            }
            if (action instanceof TransactionAction.Migrate && ++migrations > 1) {
                throw new QmpException("Action 'migrate' can be in a transaction once");
            }
        }
    }

    private void run() throws QmpException {
        try {
            prepareAll();
            commitAll();
        } catch (QmpException e) {
            throw undone(e);
        } finally {
            if (prepared != null) {
                prepared.close();
            }
        }
    }

    private void prepareAll() throws QmpException {
        for (TransactionAction action : arguments.actions()) {
            switch (action) {
                case TransactionAction.Block block -> blockActions.add(block);
                case TransactionAction.Abort() -> {
                    rehearse();
                    throw new QmpException("Transaction aborted using Abort action");
                }
                case TransactionAction.Migrate(var data) -> {
                    rehearse();
                    if (isGrouped()) {
                        file = naming(TransactionActionKind.MIGRATE, () -> SavedFile.of(data));
                    }
                    prepared = naming(TransactionActionKind.MIGRATE, () -> memory.prepare(data));
                }
            }
        }
    }

    private boolean isGrouped() {
        return arguments.completionMode() == ActionCompletionMode.GROUPED;
    }

    private void rehearse() throws QmpException {
        try {
            blockLayer.rehearse(blockActions);
        } catch (QmpException e) {
            throw hasMemory() ? withItsAction(e) : e; // without it, it is as QEMU has it
        }
    }

    private boolean hasMemory() {
        return arguments.actions().stream().anyMatch(TransactionAction.Migrate.class::isInstance);
    }

    /** A block layer does not say which action it cannot carry out: it is the last of the fewest that fail. */
    private QmpException withItsAction(QmpException error) {
        for (int count = 1; count < blockActions.size(); count++) {
            var some = blockActions.subList(0, count);
            try {
                blockLayer.rehearse(some);
            } catch (QmpException e) {
                return named(some.getLast().kind(), e);
            }
        }
        return named(blockActions.getLast().kind(), error);
    }
    private void commitAll() throws QmpException {
        var frozen = prepared;
        if (frozen == null) {
            commit(blockActions);
            return;
        }
        rehearse();
        SavedFile takenBack = file;
        if (takenBack != null && !blockActions.isEmpty()) {
            commitGrouped(frozen, takenBack);
            return;
        }
        var made = blockActions.stream()
                .map(action -> new TransactionAction.Block(action.kind(), action.data().withImageMade())).toList();
        frozen.begin(() -> commit(made));
    }

    private void commitGrouped(GuestMemory.Prepared frozen, SavedFile takenBack) throws QmpException {
        List<GroupedBackup> backups = new ArrayList<>();
        for (var action : blockActions) {
            backups.add(GroupedBackup.of(action));
        }
        var group = new CompletionGroup(blockLayer, backups, frozen.job(), takenBack);
        frozen.begin(() -> commit(blockActions.stream().map(GroupedBackup::held).toList()));
        group.start();
    }

    private void commit(List<TransactionAction.Block> actions) throws QmpException {
        try {
            blockLayer.commit(actions, arguments.completionMode());
            committed = true;
        } catch (IOException e) {
            lost = e;
            throw ofBlockActions(new QmpException("The block layer was lost: " + e.getMessage()));
        } catch (QmpException e) {
            throw hasMemory() ? ofBlockActions(e) : e;
        }
    }

    /** At this point it is not asked any more which of them it was. */
    private QmpException ofBlockActions(QmpException error) {
        var kinds = blockActions.stream().map(TransactionAction.Block::kind).distinct().toList();
        return kinds.size() == 1
                ? named(kinds.getFirst(), error)
                : new QmpException(new QmpError(error.error().errorClass(), "Block actions: " + error.error().desc()));
    }

    /** What is left of the block layer's part goes, and the error says what cannot. */
    private QmpException undone(QmpException error) {
        if (committed) { // images that are in use are not taken away
            return new QmpException(new QmpError(error.error().errorClass(),
                    error.error().desc() + "; all actions have been carried out all the same"));
        }
        if (lost == null) {
            newImages.remove();
            return error;
        }
        for (var file : newImages.files()) {
            ImageUse use = blockLayer.use(file.toString());
            if (use != ImageUse.NOT_OPEN) {
                return new QmpException(QmpError.generic(error.error().desc() + "; " + (use == ImageUse.OPEN
                        ? "it has carried the block actions out all the same: " + file + " is in use"
                        : "whether it has carried the block actions out is not known: see query-named-block-nodes")));
            }
        }
        newImages.remove();
        return error;
    }

    /** Something that gives a value or fails. */
    @FunctionalInterface
    private interface Step<T> {
        T run() throws QmpException;
    }

    private static <T> T naming(TransactionActionKind action, Step<T> step) throws QmpException {
        try {
            return step.run();
        } catch (QmpException e) {
            throw named(action, e);
        }
    }

    private static QmpException named(TransactionActionKind action, QmpException error) {
        return new QmpException(new QmpError(error.error().errorClass(),
                "Action '" + action.qapiName() + "': " + error.error().desc()));
    }
}
