package io.godwit.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * The running or last migration.
 *
 * @param asVirsh in the layout of {@code virsh domjobinfo}, for scripts that read that
 */
record Job(boolean asVirsh) implements Action {
    private static final double KIB = 1024;
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB");

    @Override
    public boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed {
        var migration = monitor.execute("query-migrate");
        if (terminal.json()) {
            terminal.print(migration);
            return true;
        }
        var progress = Progress.of(migration);
        var lines = asVirsh ? lines(migration) : progress.details();
        (lines.isEmpty() ? List.of(progress.outcome()) : lines).forEach(terminal::print);
        return true;
    }

    static List<String> lines(JsonNode migration) {
        var lines = new ArrayList<String>();
        String type = type(migration.path("status").asString("none"));
        lines.add(row("Job type:", String.format(Locale.ROOT, "%-12s", type)));
        if (type.equals("None")) {
            return lines;
        }
        lines.add(row("Operation:", String.format(Locale.ROOT, "%-12s", "Outgoing migration")));
        number(lines, "Time elapsed:", migration.path("total-time"), " ms");
        JsonNode ram = migration.path("ram");
        long remaining = ram.path("remaining").asLong(0);
        long total = ram.path("total").asLong(0);
        long transferred = ram.path("transferred").asLong(0);
        if (ram.isObject()) {
            for (String what : List.of("Data", "Memory")) { // there are no disks in it: both are the same
                size(lines, what + " processed:", transferred, "");
                size(lines, what + " remaining:", remaining, "");
                size(lines, what + " total:", total, "");
            }
            size(lines, "Memory bandwidth:", (long) (ram.path("mbps").asDouble(0) * 1e6 / 8), "/s");
            number(lines, "Dirty rate:", ram.path("dirty-pages-rate"), " pages/s");
            number(lines, "Page size:", ram.path("page-size"), " bytes");
            number(lines, "Iteration:", ram.path("dirty-sync-count"), "");
            number(lines, "Postcopy requests:", ram.path("postcopy-requests"), "");
            number(lines, "Constant pages:", ram.path("duplicate"), "");
            number(lines, "Normal pages:", ram.path("normal"), "");
            size(lines, "Normal data:", ram.path("normal-bytes").asLong(0), "");
        }
        number(lines, "Expected downtime:", migration.path("expected-downtime"), " ms");
        number(lines, "Total downtime:", migration.path("downtime"), " ms");
        number(lines, "Setup time:", migration.path("setup-time"), " ms");
        return lines;
    }

    private static String type(String status) {
        return switch (status) {
            case "none" -> "None";
            case "completed" -> "Completed";
            case "failed" -> "Failed";
            case "cancelled" -> "Cancelled";
            default -> "Unbounded";
        };
    }

    private static String row(String label, String value) {
        return String.format(Locale.ROOT, "%-17s %s", label, value);
    }

    /** Only where it is known. */
    private static void number(List<String> lines, String label, JsonNode value, String unit) {
        if (value.isNumber()) {
            lines.add(row(label, String.format(Locale.ROOT, "%-12d%s", value.asLong(), unit)));
        }
    }

    private static void size(List<String> lines, String label, long bytes, String per) {
        double value = bytes;
        int unit = 0;
        for (; value >= KIB && unit < UNITS.size() - 1; unit++) {
            value /= KIB;
        }
        lines.add(row(label, String.format(Locale.ROOT, "%.3f %s%s", value, UNITS.get(unit), per)));
    }
}
