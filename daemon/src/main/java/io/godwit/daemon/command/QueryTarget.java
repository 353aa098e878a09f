package io.godwit.daemon.command;

import tools.jackson.databind.node.ObjectNode;

/** The architecture of the guest. */
record QueryTarget() implements BareCommand {

    @Override
    public String name() {
        return "query-target";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return Json.object().put("arch", "x86_64");
    }
}
