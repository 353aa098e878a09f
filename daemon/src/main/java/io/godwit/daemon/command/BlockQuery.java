package io.godwit.daemon.command;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.JsonNode;

/** A question about disks. */
record BlockQuery(String name, BlockLayer blockLayer) implements BareCommand {

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public JsonNode execute() throws QmpException {
        return blockLayer.execute(name, Json.object());
    }
}
