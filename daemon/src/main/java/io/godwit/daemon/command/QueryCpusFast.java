package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The vCPUs and their host threads, as QEMU shows a machine of one socket. */
record QueryCpusFast(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-cpus-fast";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        ArrayNode cpus = Json.array();
        for (int threadId : engine.cpuThreadIds()) {
            int index = cpus.size();
            ObjectNode cpu = cpus.addObject().put("cpu-index", index)
                    .put("qom-path", "/machine/unattached/device[" + index + "]").put("thread-id", threadId)
                    .put("target", "x86_64");
            cpu.putObject("props").put("core-id", index).put("thread-id", 0).put("node-id", 0).put("socket-id", 0);
        }
        return cpus;
    }
}
