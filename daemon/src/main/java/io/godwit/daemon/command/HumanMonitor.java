package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.protocol.qapi.LocalhostMigrateMode;
import io.godwit.protocol.qmp.QmpException;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** QEMU's monitor for people: a few of its commands, each of which is a QMP command in other clothes. */
final class HumanMonitor {
    private static final String HELP = """
            cont|c  -- resume emulation
            help|? [cmd] -- show the help
            info held|migrate|status|version  -- show various information about the system state
            localhost_migrate uri [auto|flip|handover] -- move the guest to another process of this host
            migrate [-d] [-r] uri -- migrate to URI (using -d to not wait for completion)
            migrate_cancel  -- cancel the current VM migration
            migrate_recover uri  -- Continue a paused incoming postcopy migration
            migrate_pause  -- Pause an ongoing migration (postcopy-only)
            migrate_start_postcopy  -- Followup to a migration command to switch the migration to postcopy mode
            quit|q  -- quit the daemon
            stop|s  -- stop emulation
            """;

    private static final Set<String> MODES = Arrays.stream(LocalhostMigrateMode.values())
            .map(LocalhostMigrateMode::qapiName).collect(Collectors.toUnmodifiableSet());

    private final CommandSet commands;

    HumanMonitor(CommandSet commands) {
        this.commands = commands;
    }

    /** What a line prints, its lines ended by CR LF. */
    String run(String line, CommandContext context) {
        String trimmed = line.strip();
        String name = trimmed.split("\\s+", 2)[0];
        String rest = trimmed.substring(name.length()).strip();
        try {
            String output = switch (name) {
                case "" -> "";
                case "help", "?" -> HELP;
                case "info" -> info(rest, trimmed, context);
                case "migrate" -> migrate(rest, context);
                case "localhost_migrate" -> localhostMigrate(rest, context);
                case "stop", "s" -> plain("stop", context);
                case "cont", "c" -> plain("cont", context);
                case "quit", "q" -> plain("quit", context);
                case "migrate_recover" -> recover(rest, context);
                case "migrate_cancel" -> plain("migrate_cancel", context);
                case "migrate_pause" -> plain("migrate-pause", context);
                case "migrate_start_postcopy" -> plain("migrate-start-postcopy", context);
                default -> unknown(name);
            };
            return output.replace("\n", "\r\n");
        } catch (QmpException e) {
            return "Error: " + e.error().desc() + "\r\n";
        }
    }

    private String info(String topic, String line, CommandContext context) throws QmpException {
        return switch (topic) {
            case "" -> HELP;
            case "held" -> HeldReport.of(query("x-godwit-query-held", context));
            case "status" -> status(query("query-status", context));
            case "version" -> version(query("query-version", context));
            case "migrate" -> MigrationReport.of(query("query-migrate", context));
            default -> unknown(line);
        };
    }

    private String migrate(String arguments, CommandContext context) throws QmpException {
        ObjectNode request = Json.object();
        boolean detached = false;
        for (String word : arguments.split("\\s+", -1)) {
            if (word.equals("-d") && !request.has("uri")) {
                detached = true;
            } else if (word.equals("-r") && !request.has("uri")) {
                request.put("resume", true);
            } else if (!request.has("uri")) {
                // The address is the rest of the line: an exec: command has spaces.
                request.put("uri", arguments.substring(arguments.indexOf(word)));
            }
        }
        commands.execute("migrate", request, false, context);
        return detached ? "" : "terminal does not allow synchronous migration, continuing detached\n";
    }

    /** A path may have spaces, so a mode is only what looks like one. */
    private String localhostMigrate(String arguments, CommandContext context) throws QmpException {
        ObjectNode request = Json.object().put("uri", arguments);
        int space = arguments.lastIndexOf(' ');
        String last = arguments.substring(space + 1);
        if (space > 0 && MODES.contains(last)) {
            request.put("uri", arguments.substring(0, space).strip()).put("mode", last);
        }
        commands.execute("localhost-migrate", request, false, context);
        return "";
    }

    private String recover(String uri, CommandContext context) throws QmpException {
        commands.execute("migrate-recover", Json.object().put("uri", uri), false, context);
        return "";
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
                + qemu.path("micro").intValue() + " (" + info.path("package").stringValue() + ")\n";
    }

    private String plain(String command, CommandContext context) throws QmpException {
        query(command, context);
        return "";
    }

    private JsonNode query(String command, CommandContext context) throws QmpException {
        return commands.execute(command, Json.object(), false, context);
    }

    private static String unknown(String what) {
        return "unknown command: '" + what + "'\n";
    }
}
