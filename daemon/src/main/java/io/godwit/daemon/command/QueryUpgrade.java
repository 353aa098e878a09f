package io.godwit.daemon.command;

import io.godwit.daemon.upgrade.Upgrade;
import tools.jackson.databind.node.ObjectNode;

/** Godwit's own: how the last upgrade that was begun stands. */
public record QueryUpgrade(Upgrade upgrade) implements BareCommand {
    /** As clients write it. */
    public static final String NAME = "x-godwit-query-upgrade";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return upgrade.query();
    }
}
