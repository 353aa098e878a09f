package io.godwit.daemon.block;

import io.godwit.protocol.qapi.ActionCompletionMode;
import io.godwit.protocol.qapi.BlockArguments;
import io.godwit.protocol.qapi.TransactionAction;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Who carries out what a guest's clients want of its disks. Any thread; every call waits for the answer. */
public interface BlockLayer {

    /** Carries out a command that could be an action as well. */
    void change(TransactionActionKind command, BlockArguments arguments) throws QmpException;

    /** Carries out any other command of the block layer's. */
    JsonNode execute(String command, ObjectNode arguments) throws QmpException;

    /**
     * Carries out all actions or none.
     *
     * @throws QmpException the first of them that failed; none has been carried out
     * @throws IOException the block layer was lost; whether they were carried out is not known
     */
    void commit(List<TransactionAction.Block> actions, ActionCompletionMode mode) throws QmpException, IOException;

    /**
     * Tries all actions and undoes them: what fails here would fail in {@link #commit}. Images that a snapshot makes are there
     * afterwards, and {@link BlockArguments#withImageMade} tells the commit to take them.
     */
    void rehearse(List<TransactionAction.Block> actions) throws QmpException;

    /** Has one of its jobs do something: {@code job-cancel} and its like. */
    void tellJob(String command, String id) throws QmpException;

    /** What is known of an image file. */
    enum ImageUse {
        OPEN,
        NOT_OPEN,
        /** The block layer is there and gives no answer. */
        UNKNOWN
    }

    /** Whether the block layer has an image open; nobody has, when there is no block layer any more. */
    ImageUse use(String imageFile);
}
