package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qapi.BalloonArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpErrorClass;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** {@code balloon}: asks the guest to do with so much memory. It answers by BALLOON_CHANGE, if at all. */
record SetBalloon(MigrationEngine engine) implements Command<BalloonArguments> {

    /** The guest has none: QEMU's class and words. */
    static QmpException noBalloon() {
        return new QmpException(
                new QmpError(QmpErrorClass.DEVICE_NOT_ACTIVE, "No balloon device has been activated"));
    }

    @Override
    public String name() {
        return "balloon";
    }

    @Override
    public ObjectType<BalloonArguments> arguments() {
        return BalloonArguments.TYPE;
    }

    @Override
    public ObjectNode execute(BalloonArguments arguments, CommandContext context) throws QmpException {
        if (engine.bytesBesideBalloon().isEmpty()) {
            throw noBalloon(); // before the value is looked at, as in QEMU
        }
        if (arguments.value() <= 0) {
            throw new QmpException("Parameter 'target' expects a size");
        }
        engine.leaveToGuest(arguments.value());
        return Json.object();
    }
}
