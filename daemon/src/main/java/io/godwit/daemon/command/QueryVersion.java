package io.godwit.daemon.command;

import io.godwit.protocol.qmp.QmpVersion;
import tools.jackson.databind.node.ObjectNode;

/** The QEMU version whose QMP this is, and whose package it comes in. */
record QueryVersion() implements BareCommand {

    @Override
    public String name() {
        return "query-version";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return QmpVersion.GODWIT.toJson();
    }
}
