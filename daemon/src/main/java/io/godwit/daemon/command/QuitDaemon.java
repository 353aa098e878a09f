package io.godwit.daemon.command;

import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.qmp.ShutdownCause;
import tools.jackson.databind.node.ObjectNode;

/** Ends the daemon and all its guests. */
record QuitDaemon(GuestMonitors monitors, Runnable quit) implements BareCommand {

    @Override
    public String name() {
        return "quit";
    }

    @Override
    public ObjectNode execute() {
        monitors.shutdown(ShutdownCause.HOST_QMP_QUIT);
        quit.run();
        return Json.object();
    }
}
