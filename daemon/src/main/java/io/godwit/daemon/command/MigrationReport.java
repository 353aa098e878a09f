package io.godwit.daemon.command;

import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** What {@code info migrate} prints of what {@code query-migrate} returns. */
final class MigrationReport {
    private final StringBuilder text = new StringBuilder();
    private final JsonNode info;

    private MigrationReport(JsonNode info) {
        this.info = info;
    }

    static String of(JsonNode info) {
        var report = new MigrationReport(info);
        report.status();
        if (info.has("ram")) {
            report.ram(info.path("ram"));
        }
        report.number("cpu throttle percentage", info, "cpu-throttle-percentage", "");
        for (JsonNode address : info.path("socket-address")) {
            report.line("socket address: " + (address.has("path")
                    ? "unix:" + address.path("path").stringValue()
                    : "tcp:" + address.path("host").stringValue() + ":" + address.path("port").stringValue()));
        }
        return report.text.toString();
    }

    private void status() {
        if (!info.has("status")) {
            return;
        }
        String why = info.has("error-desc") ? " (" + info.path("error-desc").stringValue() + ")" : "";
        line("Migration status: " + info.path("status").stringValue() + why);
        number("total time", info, "total-time", " ms");
        number("expected downtime", info, "expected-downtime", " ms");
        number("downtime", info, "downtime", " ms");
        number("setup", info, "setup-time", " ms");
    }

    private void ram(JsonNode ram) {
        kilobytes("transferred ram", ram, "transferred");
        line(String.format(Locale.ROOT, "throughput: %.2f mbps", ram.path("mbps").doubleValue()));
        kilobytes("remaining ram", ram, "remaining");
        kilobytes("total ram", ram, "total");
        number("duplicate", ram, "duplicate", " pages");
        number("normal", ram, "normal", " pages");
        kilobytes("normal bytes", ram, "normal-bytes");
        number("dirty sync count", ram, "dirty-sync-count", "");
        kilobytes("page size", ram, "page-size");
        kilobytes("multifd bytes", ram, "multifd-bytes");
        number("pages-per-second", ram, "pages-per-second", "");
        number("dirty pages rate", ram, "dirty-pages-rate", " pages");
        kilobytes("precopy ram", ram, "precopy-bytes");
        kilobytes("downtime ram", ram, "downtime-bytes");
        kilobytes("postcopy ram", ram, "postcopy-bytes");
        number("postcopy request count", ram, "postcopy-requests", "");
    }

    private void number(String label, JsonNode of, String member, String unit) {
        if (of.has(member)) {
            line(label + ": " + of.path(member).asString() + unit);
        }
    }

    private void kilobytes(String label, JsonNode of, String member) {
        if (of.has(member)) {
            line(label + ": " + (of.path(member).longValue() >> 10) + " kbytes");
        }
    }

    private void line(String line) {
        text.append(line).append('\n');
    }
}
