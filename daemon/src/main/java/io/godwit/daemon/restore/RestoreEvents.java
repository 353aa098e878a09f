package io.godwit.daemon.restore;

import tools.jackson.databind.node.ObjectNode;

/** Hears how restores go. Called by their threads; must return at once. */
@FunctionalInterface
public interface RestoreEvents {

    /** The status of a restore has changed; the data of the event. */
    void changed(ObjectNode data);
}
