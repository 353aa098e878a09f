package io.godwit.daemon.qmp;

import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands of a guest, as its sessions see them. Called by the guest's command thread and by its out-of-band one. */
public interface CommandSet {

    /** The command that ends a session's negotiation. */
    String NEGOTIATION = "qmp_capabilities";

    /** Whether there is a command of that name. */
    boolean knows(String name);

    /** Whether it takes the descriptor that came with its request. */
    boolean takesDescriptor(String name);

    /**
     * Carries a command out.
     *
     * @param arguments as the client sent them; empty for none
     * @return the value of the reply's {@code return}
     * @throws QmpException what to answer instead: no such command, not out-of-band, bad arguments, or a refusal
     */
    JsonNode execute(String name, ObjectNode arguments, boolean outOfBand, CommandContext context)
            throws QmpException;
}
