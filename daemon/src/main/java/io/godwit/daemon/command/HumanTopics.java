package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** What {@code info} can tell, in QEMU's layout where QEMU has one. */
final class HumanTopics {
    private final CommandSet qmp;

    private HumanTopics(CommandSet qmp) {
        this.qmp = qmp;
    }

    static List<HumanCommand> all(CommandSet qmp) {
        var make = new HumanTopics(qmp);
        return List.of(
                make.topic("balloon", "query-balloon", "how much memory is left to the guest",
                        info -> "balloon: actual=" + (info.path("actual").asLong() >> 20) + "\n"),
                make.topic("cpus", "query-cpus-fast", "the vCPUs and their threads", HumanTopics::cpus),
                make.topic("dirty_rate", "query-dirty-rate", "how fast the guest writes its memory",
                        HumanTopics::dirtyRate),
                make.topic("held", "x-godwit-query-held", "what a held guest consists of", HeldReport::of),
                make.topic("jobs", "query-jobs", "work that goes on, or waits to be dismissed", HumanTopics::jobs),
                make.topic("kvm", "query-kvm", "whether the guest runs on KVM",
                        kvm -> "kvm support: " + (kvm.path("enabled").booleanValue() ? "enabled" : "disabled") + "\n"),
                make.topic("memory_size_summary", "query-memory-size-summary", "how much memory the guest has",
                        sizes -> "base memory: " + sizes.path("base-memory").asString() + "\nplugged memory: "
                                + sizes.path("plugged-memory").asString() + "\n"),
                new HumanCommand("migrate", "[-a]", "how the migration stands (-a: all, which is shown anyhow)",
                        make::migrate),
                make.topic("migrate_capabilities", "query-migrate-capabilities", "which capabilities are on",
                        HumanTopics::capabilities),
                make.topic("migrate_parameters", "query-migrate-parameters", "the parameters of migrations",
                        HumanParameters::report),
                make.topic("name", "query-name", "the guest's name",
                        name -> name.has("name") ? name.path("name").asString() + "\n" : ""),
                make.topic("status", "query-status", "whether the guest runs", HumanTopics::status),
                make.topic("uuid", "query-uuid", "the guest's UUID", uuid -> uuid.path("UUID").asString() + "\n"),
                make.topic("vcpu_dirty_limit", "query-vcpu-dirty-limit", "limits to how fast vCPUs dirty memory",
                        HumanTopics::dirtyLimits),
                make.topic("version", "query-version", "the version", HumanTopics::version));
    }

    private HumanCommand topic(String name, String query, String help, Function<JsonNode, String> report) {
        return new HumanCommand(name, "", help, (line, context) -> {
            line.end();
            return report.apply(query(query, context));
        });
    }

    private String migrate(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        line.skip("-a");
        line.end();
        return MigrationReport.of(query("query-migrate", context));
    }

    private JsonNode query(String command, CommandContext context) throws QmpException {
        return qmp.execute(command, Json.object(), false, context);
    }

    private static String cpus(JsonNode cpus) {
        var text = new StringBuilder();
        for (JsonNode cpu : cpus) {
            text.append(text.isEmpty() ? '*' : ' ').append(" CPU #").append(cpu.path("cpu-index").asString())
                    .append(": thread_id=").append(cpu.path("thread-id").asString()).append('\n');
        }
        return text.toString();
    }

    private static String capabilities(JsonNode capabilities) {
        var text = new StringBuilder();
        for (JsonNode one : capabilities) {
            text.append(one.path("capability").asString()).append(": ")
                    .append(one.path("state").booleanValue() ? "on" : "off").append('\n');
        }
        return text.toString();
    }

    private static String status(JsonNode info) {
        String status = info.path("status").stringValue();
        boolean running = info.path("running").booleanValue();
        String why = running || status.equals("paused") ? "" : " (" + status + ")";
        return "VM status: " + (running ? "running" : "paused") + why + "\n";
    }

    private static String version(JsonNode info) {
        JsonNode qemu = info.path("qemu");
        return qemu.path("major").intValue() + "." + qemu.path("minor").intValue() + "."
                + qemu.path("micro").intValue() + info.path("package").stringValue() + "\n";
    }

    private static String dirtyRate(JsonNode info) {
        boolean sampled = info.path("mode").asString().equals("page-sampling");
        boolean seconds = info.path("calc-time-unit").asString().equals("second");
        return "Status: " + info.path("status").asString() + "\nStart Time: " + info.path("start-time").asString()
                + " (ms)\n" + (sampled ? "Sample Pages: " + info.path("sample-pages").asString() + " (per GB)\n" : "")
                + "Period: " + info.path("calc-time").asString() + (seconds ? " (sec)" : " (ms)") + "\nMode: "
                + info.path("mode").asString() + "\nDirty rate: "
                + (info.has("dirty-rate") ? info.path("dirty-rate").asString() + " (MB/s)" : "(not ready)") + "\n";
    }

    private static String dirtyLimits(JsonNode limits) {
        if (limits.isEmpty()) {
            return "Dirty page limit not enabled!\n";
        }
        var text = new StringBuilder();
        for (JsonNode limit : limits) {
            text.append("vcpu[").append(limit.path("cpu-index").asString()).append("], limit rate ")
                    .append(limit.path("limit-rate").asString()).append(" (MB/s), current rate ")
                    .append(limit.path("current-rate").asString()).append(" (MB/s)\n");
        }
        return text.toString();
    }

    private static String jobs(JsonNode jobs) {
        if (jobs.isEmpty()) {
            return "No jobs\n";
        }
        var text = new StringBuilder();
        for (JsonNode job : jobs) {
            text.append(job.path("id").asString()).append(": ").append(job.path("type").asString()).append(", ")
                    .append(job.path("status").asString()).append(", ")
                    .append(job.path("current-progress").asString()).append('/')
                    .append(job.path("total-progress").asString());
            if (job.has("error")) {
                text.append(", error: ").append(job.path("error").asString());
            }
            text.append('\n');
        }
        return text.toString();
    }
}
