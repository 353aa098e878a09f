package io.godwit.daemon.command.qemu;

import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qmp.QmpException;
import java.util.function.Predicate;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The migration capabilities that a QEMU had, to be given back to it. */
record Capabilities(JsonNode before) {

    static Capabilities of(Qemu qemu) throws QmpException {
        return new Capabilities(qemu.execute("query-migrate-capabilities"));
    }

    boolean has(MigrationCapability wanted) {
        for (JsonNode capability : before) {
            if (capability.path("capability").asString("").equals(wanted.qapiName())) {
                return capability.path("state").asBoolean(false);
            }
        }
        return false;
    }

    /** Whatever it had on, it now does a background snapshot and nothing else; it goes on telling of it or not. */
    void setForSnapshot(Qemu qemu) throws QmpException {
        set(qemu, capability -> switch (capability.path("capability").asString("")) {
            case "background-snapshot" -> true;
            case "events" -> capability.path("state").asBoolean(false);
            default -> false;
        });
    }

    void restore(Qemu qemu) throws QmpException {
        set(qemu, capability -> capability.path("state").asBoolean(false));
    }

    private void set(Qemu qemu, Predicate<JsonNode> state) throws QmpException {
        ObjectNode arguments = JsonNodeFactory.instance.objectNode();
        var list = arguments.putArray("capabilities");
        for (JsonNode capability : before) {
            list.addObject().put("capability", capability.path("capability").asString("")).put("state",
                    state.test(capability));
        }
        qemu.execute("migrate-set-capabilities", arguments);
    }
}
