package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.NoArguments;
import io.godwit.protocol.qapi.ObjectType;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * A command about something that no guest of ours has: answered as by a QEMU that has none either.
 *
 * @param answer never changed
 */
record WithoutDevice(String name, ObjectType<NoArguments> arguments, JsonNode answer,
        boolean hasResult) implements Command<NoArguments> {

    /** All of them. */
    static List<WithoutDevice> all() {
        return List.of(
                new WithoutDevice("cancel-vcpu-dirty-limit",
                        Refusing.takes("cancel-vcpu-dirty-limit-arg", Member.optional("cpu-index", BuiltinType.INT)),
                        Json.object(), false),
                query("query-vcpu-dirty-limit", Json.array()), query("query-iothreads", Json.array()),
                query("query-colo-status",
                        Json.object().put("mode", "none").put("last-mode", "none").put("reason", "none")),
                query("query-dump", Json.object().put("status", "none").put("completed", 0).put("total", 0)));
    }

    private static WithoutDevice query(String name, JsonNode answer) {
        return new WithoutDevice(name, NoArguments.TYPE, answer, true);
    }

    @Override
    public JsonNode execute(NoArguments none, CommandContext context) {
        return answer;
    }
}
