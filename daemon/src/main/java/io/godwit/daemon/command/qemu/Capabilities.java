package io.godwit.daemon.command.qemu;

import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qmp.QmpException;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The migration capabilities that a QEMU had, to be given back to it. */
record Capabilities(JsonNode before) {
    /** What these do is the client's wish, whatever the migration is for. */
    private static final Set<String> KEPT = Set.of("events");

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
        setOnly(Set.of(MigrationCapability.BACKGROUND_SNAPSHOT), qemu);
    }

    /** Whatever it had on, it now has these and no others; it goes on telling of migrations or not. */
    void setOnly(Set<MigrationCapability> wanted, Qemu qemu) throws QmpException {
        Set<String> names = wanted.stream().map(MigrationCapability::qapiName).collect(Collectors.toSet());
        set(qemu, capability -> {
            String name = capability.path("capability").asString("");
            return names.contains(name)
                    || (KEPT.contains(name) && capability.path("state").asBoolean(false));
        });
    }

    /** Gives them to the QEMU that had them, or to another that has not all of them. */
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
