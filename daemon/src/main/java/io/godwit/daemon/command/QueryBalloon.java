package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qmp.QmpException;
import java.util.OptionalLong;
import tools.jackson.databind.node.ObjectNode;

/** {@code query-balloon}: how much memory is left to the guest. */
record QueryBalloon(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-balloon";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() throws QmpException {
        OptionalLong left = engine.bytesBesideBalloon();
        if (left.isEmpty()) {
            throw SetBalloon.noBalloon();
        }
        return Json.object().put("actual", left.getAsLong());
    }
}
