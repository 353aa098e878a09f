package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.upgrade.Upgrade;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.UpgradeArguments;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/** Godwit's own: begins to have another process take the daemon's place. */
public record StartUpgrade(Upgrade upgrade) implements Command<UpgradeArguments> {
    /** As clients write it. */
    public static final String NAME = "x-godwit-upgrade";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public ObjectType<UpgradeArguments> arguments() {
        return UpgradeArguments.TYPE;
    }

    @Override
    public ObjectNode execute(UpgradeArguments arguments, CommandContext context) throws QmpException {
        try {
            upgrade.begin(arguments.program().map(Path::of));
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
        return Json.object();
    }
}
