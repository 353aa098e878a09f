package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.QapiEnum;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** What the monitor for people can do, by the names that QEMU has for it; the sentences are ours. */
final class HumanCommands {
    private static final long MIB = 1 << 20;

    private final CommandSet qmp;

    private HumanCommands(CommandSet qmp) {
        this.qmp = qmp;
    }

    static List<HumanCommand> all(CommandSet qmp) {
        var make = new HumanCommands(qmp);
        return Stream.concat(make.ofMigrations().stream(), make.others().stream()).toList();
    }

    private List<HumanCommand> ofMigrations() {
        return List.of(
                new HumanCommand("migrate", "[-d] [-r] uri",
                        "migrate the guest to a URI (-d: do not wait; -r: resume a postcopy that is paused)",
                        this::migrate),
                new HumanCommand("migrate_incoming", "uri",
                        "listen at a URI for the migration that the guest waits for",
                        uri("migrate-incoming")),
                new HumanCommand("migrate_recover", "uri", "listen at a URI for the rest of a postcopy that is paused",
                        uri("migrate-recover")),
                plain("migrate_cancel", "migrate_cancel", "cancel the migration that runs"),
                plain("migrate_pause", "migrate-pause", "break a postcopy off, to be resumed"),
                plain("migrate_start_postcopy", "migrate-start-postcopy",
                        "let the guest go over before its memory (capability postcopy-ram at both sides)"),
                new HumanCommand("migrate_continue", "state", "let a migration go on that is paused in that state",
                        this::migrateContinue),
                new HumanCommand("migrate_set_capability", "capability state", "switch a capability on or off",
                        this::setCapability),
                new HumanCommand("migrate_set_parameter", "parameter value", "set a parameter of migrations",
                        this::setParameter),
                new HumanCommand("localhost_migrate", "uri [auto|flip|handover]",
                        "move the guest to another process of this host", this::localhostMigrate));
    }

    private List<HumanCommand> others() {
        return List.of(plain("cont|c", "cont", "let the guest run"), plain("stop|s", "stop", "pause the guest"),
                plain("system_reset", "system_reset", "put the guest back to power-on"),
                plain("quit|q", "quit", "end the guest and its process"),
                new HumanCommand("balloon", "target", "ask the guest to do with so much memory, in MiB", this::balloon),
                new HumanCommand("announce_self", "[interfaces] [id]", "make network cards known to their switches",
                        this::announceSelf),
                new HumanCommand("calc_dirty_rate", "[-r] [-b] second [sample_pages_per_GB]",
                        "measure how fast the guest writes its memory", this::calcDirtyRate),
                new HumanCommand("set_vcpu_dirty_limit", "dirty_rate [cpu_index]",
                        "limit how fast a vCPU dirties memory",
                        this::setDirtyLimit),
                new HumanCommand("cancel_vcpu_dirty_limit", "[cpu_index]", "end such a limit", this::cancelDirtyLimit));
    }

    private HumanCommand plain(String names, String command, String help) {
        return new HumanCommand(names, "", help, (line, context) -> {
            line.end();
            return run(command, Json.object(), context);
        });
    }

    private HumanCommand.Action uri(String command) {
        return (line, context) -> {
            String uri = line.word();
            line.end();
            return run(command, Json.object().put("uri", uri), context);
        };
    }

    private String migrate(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        Set<Character> given = line.switches("dr");
        ObjectNode request = Json.object().put("uri", line.word());
        line.end();
        if (given.contains('r')) {
            request.put("resume", true);
        }
        run("migrate", request, context);
        return given.contains('d') ? "" : "terminal does not allow synchronous migration, continuing detached\n";
    }

    private String localhostMigrate(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        ObjectNode request = Json.object().put("uri", line.word());
        line.optionalWord().ifPresent(mode -> request.put("mode", mode));
        line.end();
        return run("localhost-migrate", request, context);
    }

    private String migrateContinue(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        String state = line.word();
        line.end();
        check(state, MigrationStatus.values());
        return run("migrate-continue", Json.object().put("state", state), context);
    }

    private static void check(String word, QapiEnum... known) throws QmpException {
        if (Stream.of(known).noneMatch(one -> one.qapiName().equals(word))) {
            throw new QmpException("invalid parameter value: " + word);
        }
    }

    private String setCapability(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        String capability = line.word();
        boolean on = switch (line.name()) {
            case "on" -> true;
            case "off" -> false;
            default -> throw new HumanMisuse("Expected 'on' or 'off'");
        };
        line.end();
        check(capability, MigrationCapability.values());
        ObjectNode request = Json.object();
        request.putArray("capabilities").addObject().put("capability", capability).put("state", on);
        return run("migrate-set-capabilities", request, context);
    }

    private String setParameter(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        String name = line.word();
        String value = line.word();
        line.end();
        return run("migrate-set-parameters", HumanParameters.parse(name, value), context);
    }

    private String announceSelf(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        line.optionalWord();
        line.optionalWord();
        line.end();
        ObjectNode parameters = Json.object();
        var all = qmp.execute("query-migrate-parameters", Json.object(), false, context);
        for (String name : List.of("initial", "max", "rounds", "step")) {
            parameters.put(name, all.path("announce-" + name).asLong(0));
        }
        return run("announce-self", parameters, context);
    }

    private String calcDirtyRate(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        Set<Character> given = line.switches("rb");
        long seconds = line.number();
        var pages = line.optionalNumber();
        line.end();
        if (seconds == 0) {
            return "Incorrect period length specified!\n";
        }
        if (given.size() > 1) {
            return "Either dirty ring or dirty bitmap can be specified!\n";
        }
        ObjectNode request = Json.object().put("calc-time", seconds).put("mode",
                given.contains('r') ? "dirty-ring" : given.contains('b') ? "dirty-bitmap" : "page-sampling");
        pages.ifPresent(number -> request.put("sample-pages", number));
        run("calc-dirty-rate", request, context);
        return "Starting dirty rate measurement with period " + seconds
                + " seconds\n[Please use 'info dirty_rate' to check results]\n";
    }

    private String balloon(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        long mebibytes = line.number();
        line.end();
        return run("balloon", Json.object().put("value", Math.min(mebibytes, Long.MAX_VALUE / MIB) * MIB), context);
    }

    private String setDirtyLimit(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        ObjectNode request = Json.object().put("dirty-rate", line.number());
        line.optionalNumber().ifPresent(cpu -> request.put("cpu-index", cpu));
        line.end();
        return run("set-vcpu-dirty-limit", request, context) + LIMIT_HINT;
    }

    private String cancelDirtyLimit(HumanLine line, CommandContext context) throws HumanMisuse, QmpException {
        ObjectNode request = Json.object();
        line.optionalNumber().ifPresent(cpu -> request.put("cpu-index", cpu));
        line.end();
        return run("cancel-vcpu-dirty-limit", request, context) + LIMIT_HINT;
    }

    private static final String LIMIT_HINT = "[Please use 'info vcpu_dirty_limit' to query dirty limit for virtual CPU]\n";

    private String run(String command, ObjectNode arguments, CommandContext context) throws QmpException {
        qmp.execute(command, arguments, false, context);
        return "";
    }
}
