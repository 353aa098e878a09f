package io.godwit.client;

import java.io.IOException;

/** Has the capability {@code mapped-ram} on, and puts it back as it was. No migration may run at either moment. */
final class MappedRam implements AutoCloseable {
    private static final String CAPABILITY = "mapped-ram";

    private final Monitor monitor;
    private final boolean before;

    MappedRam(Monitor monitor) throws IOException, CommandFailed {
        this.monitor = monitor;
        before = isOn();
        if (!before) {
            set(true);
        }
    }

    private boolean isOn() throws IOException, CommandFailed {
        for (var each : monitor.execute("query-migrate-capabilities")) {
            if (each.path("capability").asString("").equals(CAPABILITY)) {
                return each.path("state").asBoolean(false);
            }
        }
        return false;
    }

    private void set(boolean state) throws IOException, CommandFailed {
        var arguments = Monitor.JSON.createObjectNode();
        arguments.putArray("capabilities").addObject().put("capability", CAPABILITY).put("state", state);
        monitor.execute("migrate-set-capabilities", arguments);
    }

    @Override
    public void close() throws IOException, CommandFailed {
        if (!before) {
            set(false);
        }
    }
}
