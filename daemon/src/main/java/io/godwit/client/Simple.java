package io.godwit.client;

import java.io.IOException;

/** Actions that are one command and its effect. */
enum Simple implements Action {
    STOP {
        @Override
        public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
            monitor.execute("stop");
            return confirm(monitor, terminal, "The guest is paused", "The guest runs on", false);
        }
    },
    CONT {
        @Override
        public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
            monitor.execute("cont");
            return confirm(monitor, terminal, "The guest runs", "The guest does not run", true);
        }
    },
    VERIFY {
        @Override
        public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
            var answer = monitor.execute("x-godwit-verify");
            if (terminal.json()) {
                terminal.print(answer);
            } else {
                terminal.print(answer.path("result").asString());
            }
            return true;
        }
    };

    /** Asks for the run state, since a command's success is not yet its effect. */
    private static boolean confirm(Monitor monitor, Terminal terminal, String done, String undone, boolean running)
            throws IOException, CommandFailed {
        var status = monitor.execute("query-status");
        var state = status.path("status").asString();
        // A guest that waits for a migration only notes whether it is to run on arrival.
        boolean happened = status.path("running").asBoolean() == running || state.equals("inmigrate");
        if (terminal.json()) {
            terminal.print(status);
        } else if (state.equals("inmigrate")) {
            terminal.print("The guest waits for its migration and will " + (running ? "" : "not ") + "run on arrival");
        } else {
            terminal.print((happened ? done : undone) + " (" + state + ")");
        }
        return happened;
    }
}
