package io.godwit.client;

import java.io.IOException;

/** Cancels the running migration and waits until it is. */
record Cancel(Pause pause) implements Action {

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        if (Progress.of(monitor.execute("query-migrate")).ended()) {
            terminal.fail("no migration is running");
            return false;
        }
        monitor.execute("migrate_cancel");
        return Watch.toTheEnd(monitor, terminal, pause).status().equals("cancelled");
    }
}
