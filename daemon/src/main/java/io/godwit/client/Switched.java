package io.godwit.client;

import java.io.IOException;

/** Has a migration capability on, and puts it back as it was. No migration may run at either moment. */
final class Switched implements AutoCloseable {
    private final Monitor monitor;
    private final String capability;
    private final boolean before;

    Switched(Monitor monitor, String capability) throws IOException, CommandFailed {
        this.monitor = monitor;
        this.capability = capability;
        before = isOn();
        if (!before) {
            set(true);
        }
    }

    private boolean isOn() throws IOException, CommandFailed {
        for (var each : monitor.execute("query-migrate-capabilities")) {
            if (each.path("capability").asString("").equals(capability)) {
                return each.path("state").asBoolean(false);
            }
        }
        return false;
    }

    private void set(boolean state) throws IOException, CommandFailed {
        var arguments = Monitor.JSON.createObjectNode();
        arguments.putArray("capabilities").addObject().put("capability", capability).put("state", state);
        monitor.execute("migrate-set-capabilities", arguments);
    }

    @Override
    public void close() throws IOException, CommandFailed {
        if (!before) {
            set(false);
        }
    }
}
