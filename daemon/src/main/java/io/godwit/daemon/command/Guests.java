package io.godwit.daemon.command;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** The guests of a daemon, as its control monitor sees them. */
public interface Guests {

    /**
     * Starts a guest; it has its monitors when this returns.
     *
     * @param words as a command line would describe it
     */
    void add(List<String> words) throws QmpException;

    /** Ends a guest; nothing of it is left when this returns. */
    void remove(String name) throws QmpException;

    /** What each is, in the order in which they came. */
    List<ObjectNode> query();

    /** The long work of each, by name. */
    Map<String, LongWork> work();
}
