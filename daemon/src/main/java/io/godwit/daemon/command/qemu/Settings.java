package io.godwit.daemon.command.qemu;

import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qmp.QmpException;
import java.util.HashSet;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** What clients have set of a QEMU's migrations: changed for a move, then given back to it or on to the QEMU that has its guest. */
record Settings(Capabilities capabilities, ObjectNode parameters) {
    private static final Logger LOG = LoggerFactory.getLogger(Settings.class);

    static Settings of(Qemu qemu) throws QmpException {
        var parameters = qemu.execute("query-migrate-parameters");
        return new Settings(Capabilities.of(qemu), parameters instanceof ObjectNode all
                ? all
                : JsonNodeFactory.instance.objectNode());
    }

    /** For the QEMU that gives the guest away: on this host nothing is held back, or enciphered. */
    void changeForGiving(Qemu qemu, Way way) throws QmpException {
        var wanted = new HashSet<>(way.capabilities());
        if (capabilities.has(MigrationCapability.PAUSE_BEFORE_SWITCHOVER)) {
            wanted.add(MigrationCapability.PAUSE_BEFORE_SWITCHOVER);
        }
        capabilities.setOnly(wanted, qemu);
        ObjectNode changed = JsonNodeFactory.instance.objectNode().put("max-bandwidth", 0).put("tls-creds", "");
        if (parameters.has("mode")) {
            changed.put("mode", way.parameter());
        }
        qemu.execute("migrate-set-parameters", changed);
    }

    void giveBack(Qemu qemu) throws QmpException {
        capabilities.restore(qemu);
        qemu.execute("migrate-set-parameters", parameters("max-bandwidth", "tls-creds", "mode"));
    }

    /** One that the other QEMU does not know, or does not take, is left out with a warning: the guest has moved already. */
    void giveOn(Qemu other) {
        try {
            capabilities.restore(other);
        } catch (QmpException e) {
            LOG.warn("The migration capabilities are not what they were: {}", e.getMessage());
        }
        try {
            var known = other.execute("query-migrate-parameters");
            for (Map.Entry<String, JsonNode> each : parameters.properties()) {
                if (known.has(each.getKey()) && !known.get(each.getKey()).equals(each.getValue())) {
                    other.execute("migrate-set-parameters", parameters(each.getKey()));
                }
            }
        } catch (QmpException e) {
            LOG.warn("The migration parameters are not what they were: {}", e.getMessage());
        }
    }

    private ObjectNode parameters(String... names) {
        var some = JsonNodeFactory.instance.objectNode();
        for (String name : names) {
            if (parameters.has(name)) {
                some.set(name, parameters.get(name));
            }
        }
        return some;
    }
}
