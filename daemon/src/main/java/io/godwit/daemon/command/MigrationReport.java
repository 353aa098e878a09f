package io.godwit.daemon.command;

import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** What {@code info migrate} prints of what {@code query-migrate} returns. */
final class MigrationReport {
    /** What QEMU says of its streams first: the same holds for ours. */
    private static final String GLOBALS = """
            globals:
            store-global-state: on
            only-migratable: off
            send-configuration: on
            send-section-footer: on
            send-switchover-start: on
            clear-bitmap-shift: 18
            """;

    private final StringBuilder text = new StringBuilder();
    private final JsonNode info;

    private MigrationReport(JsonNode info) {
        this.info = info;
    }

    static String of(JsonNode info) {
        var report = new MigrationReport(info);
        report.text.append(GLOBALS);
        report.status();
        if (info.has("ram")) {
            report.ram(info.path("ram"));
        }
        if (info.has("xbzrle-cache")) {
            report.xbzrle(info.path("xbzrle-cache"));
        }
        report.number("cpu throttle percentage", info, "cpu-throttle-percentage", "");
        report.addresses(info.path("socket-address"));
        return report.text.toString();
    }

    private void addresses(JsonNode addresses) {
        if (addresses.isEmpty()) {
            return;
        }
        line("socket address: [");
        for (JsonNode address : addresses) {
            line("\t" + (address.has("path")
                    ? "unix:" + address.path("path").stringValue()
                    : "tcp:" + address.path("host").stringValue() + ":" + address.path("port").stringValue()));
        }
        line("]");
    }

    private void status() {
        if (!info.has("status")) {
            return;
        }
        String why = info.has("error-desc") ? " (" + info.path("error-desc").stringValue() + ")" : "";
        line("Migration status: " + info.path("status").stringValue() + why);
        line("total time: " + info.path("total-time").asString("0") + " ms");
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
        if (happened(ram, "dirty-pages-rate")) {
            number("dirty pages rate", ram, "dirty-pages-rate", " pages");
        }
        if (happened(ram, "postcopy-requests")) {
            number("postcopy request count", ram, "postcopy-requests", "");
        }
        for (String phase : List.of("precopy", "downtime", "postcopy")) {
            if (happened(ram, phase + "-bytes")) {
                kilobytes(phase + " ram", ram, phase + "-bytes");
            }
        }
        if (happened(ram, "dirty-sync-missed-zero-copy")) {
            number("Zero-copy-send fallbacks happened", ram, "dirty-sync-missed-zero-copy", " times");
        }
    }

    private static boolean happened(JsonNode ram, String member) {
        return ram.path(member).asLong(0) != 0;
    }

    private void xbzrle(JsonNode cache) {
        number("cache size", cache, "cache-size", " bytes");
        kilobytes("xbzrle transferred", cache, "bytes");
        number("xbzrle pages", cache, "pages", " pages");
        number("xbzrle cache miss", cache, "cache-miss", " pages");
        line(String.format(Locale.ROOT, "xbzrle cache miss rate: %.2f", cache.path("cache-miss-rate").doubleValue()));
        line(String.format(Locale.ROOT, "xbzrle encoding rate: %.2f", cache.path("encoding-rate").doubleValue()));
        number("xbzrle overflow", cache, "overflow", "");
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
