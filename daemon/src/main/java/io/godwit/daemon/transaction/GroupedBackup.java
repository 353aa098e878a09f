package io.godwit.daemon.transaction;

import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qmp.QmpException;

/**
 * A job of the block layer's in a group with a save of memory.
 *
 * @param isDismissedByItself whether whoever asked for it does not want to dismiss it
 */
record GroupedBackup(String id, boolean isDismissedByItself) {

    static GroupedBackup of(TransactionAction.Block action) throws QmpException {
        var given = action.data().given();
        if (!given.path("auto-finalize").asBoolean(true)) {
            throw new QmpException("Action '" + TransactionActionKind.BLOCKDEV_BACKUP.qapiName()
                    + "': auto-finalize = false cannot be had in a group with 'migrate', which finalizes it");
        }
        return new GroupedBackup(given.path("job-id").asString(action.data().device()),
                given.path("auto-dismiss").asBoolean(true));
    }

    /** The action that begins it so that it can still be cancelled when it is done, and be looked at when it has ended. */
    static TransactionAction.Block held(TransactionAction.Block action) {
        return new TransactionAction.Block(action.kind(), action.data().withJobHeld());
    }
}
