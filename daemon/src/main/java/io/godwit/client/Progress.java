package io.godwit.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * A migration as {@code query-migrate} describes it.
 *
 * @param status QAPI's word, {@code none} before any
 * @param mibPerSecond what the channel carried lately
 * @param dirtyMibPerSecond how fast the guest dirties memory
 */
record Progress(String status, Optional<String> error, long totalBytes, long remainingBytes, long transferredBytes,
        double mibPerSecond, double dirtyMibPerSecond, long pass, long totalMillis, long downtimeMillis,
        long normalPages,
        long zeroPages) {
    private static final double MIB = 1 << 20;

    static Progress of(JsonNode migration) {
        var ram = migration.path("ram");
        return new Progress(migration.path("status").asString("none"),
                Optional.ofNullable(migration.path("error-desc").asString(null)), ram.path("total").asLong(0),
                ram.path("remaining").asLong(0), ram.path("transferred").asLong(0),
                ram.path("mbps").asDouble(0) * 1e6 / 8 / MIB,
                ram.path("dirty-pages-rate").asLong(0) * ram.path("page-size").asLong(0) / MIB,
                ram.path("dirty-sync-count").asLong(0), migration.path("total-time").asLong(0),
                migration.path("downtime").asLong(0), ram.path("normal").asLong(0), ram.path("duplicate").asLong(0));
    }

    /** Nothing more will happen by itself. */
    boolean ended() {
        return switch (status) {
            case "completed", "failed", "cancelled", "none" -> true;
            default -> false;
        };
    }

    boolean completed() {
        return status.equals("completed");
    }

    /** How much of RAM needs no more sending, 0 to 100. */
    double percent() {
        return totalBytes == 0 ? 0 : Math.clamp(100.0 * (totalBytes - remainingBytes) / totalBytes, 0, 100);
    }

    /** One line: how far it is, and what is to be expected. */
    String line(Forecast forecast) {
        return forecast.words().isEmpty() ? line() : line() + ", " + forecast.words();
    }

    /** One line: how far it is. */
    String line() {
        return String.format(Locale.ROOT,
                "%s: %.1f %%, %.0f of %.0f MiB left, %.0f MiB sent, %.0f MiB/s, pass %d, dirty %.0f MiB/s",
                status, percent(), remainingBytes / MIB, totalBytes / MIB, transferredBytes / MIB, mibPerSecond, pass,
                dirtyMibPerSecond);
    }

    /** One sentence: how it ended. */
    String outcome() {
        return switch (status) {
            case "completed" -> String.format(Locale.ROOT,
                    "Migration completed in %.3f s, downtime %d ms, %.1f MiB sent: %d pages with content, %d zero",
                    totalMillis / 1000.0, downtimeMillis, transferredBytes / MIB, normalPages, zeroPages);
            case "failed" -> "Migration failed: " + error.orElse("no reason given");
            case "cancelled" -> "Migration was cancelled";
            default -> "No migration has run";
        };
    }

    /** Lines for {@code status}. */
    List<String> details() {
        var lines = new ArrayList<String>();
        if ((completed() && totalBytes > 0) || status.equals("failed")) {
            lines.add(outcome());
        } else if (totalBytes > 0) {
            lines.add(line());
            lines.add(String.format(Locale.ROOT, "for %.1f s", totalMillis / 1000.0));
        }
        return lines;
    }
}
