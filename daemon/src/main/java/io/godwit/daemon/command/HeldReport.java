package io.godwit.daemon.command;

import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** What {@code info held} prints of what {@code x-godwit-query-held} returns. */
final class HeldReport {
    private final StringBuilder text = new StringBuilder();
    private final JsonNode info;

    private HeldReport(JsonNode info) {
        this.info = info;
    }

    static String of(JsonNode info) {
        var report = new HeldReport(info);
        report.guest();
        report.blocks();
        report.devices();
        return report.text.toString();
    }

    private void guest() {
        line("machine type: " + printable("machine-type", info));
        if (info.has("uuid")) {
            line("uuid: " + printable("uuid", info));
        }
        if (info.has("run-state")) {
            line("run state at the source: " + printable("run-state", info));
        }
        line("ram: " + kilobytes("ram", info) + " kbytes");
    }

    private void blocks() {
        line(String.format(Locale.ROOT, "%-40s %14s %14s", "BLOCK", "KBYTES", "PRESENT PAGES"));
        for (JsonNode block : info.path("blocks")) {
            line(String.format(Locale.ROOT, "%-40s %14d %14d", printable("name", block), kilobytes("size", block),
                    block.path("present-pages").longValue()));
        }
    }

    private void devices() {
        line(String.format(Locale.ROOT, "%-40s %10s %10s %10s", "DEVICE", "INSTANCE", "VERSION", "BYTES"));
        for (JsonNode device : info.path("devices")) {
            line(String.format(Locale.ROOT, "%-40s %10d %10d %10d", printable("name", device),
                    device.path("instance-id").longValue(),
                    device.path("version").longValue(), device.path("size").longValue()));
        }
    }

    private static long kilobytes(String member, JsonNode of) {
        return of.path(member).longValue() >> 10;
    }

    /** Names came in a stream: none of them may end a line or speak to a terminal. */
    private static String printable(String member, JsonNode of) {
        return of.path(member).stringValue().replaceAll("\\p{Cc}", "?");
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
