package io.godwit.daemon.command;

import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Refuses, as there is no postcopy here that could be paused. */
record MigratePause() implements BareCommand {

    @Override
    public String name() {
        return "migrate-pause";
    }

    @Override
    public boolean allowOob() {
        return true;
    }

    @Override
    public ObjectNode execute() throws QmpException {
        throw new QmpException(
                "migrate-pause is currently only supported during postcopy-active or postcopy-recover state");
    }
}
