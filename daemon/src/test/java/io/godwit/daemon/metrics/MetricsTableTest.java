package io.godwit.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.migration.DeltaCounts;
import io.godwit.engine.migration.FaultCounts;
import io.godwit.engine.migration.LatencyCounts;
import io.godwit.engine.migration.MigrationStatistics;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** METRICS.md says what is served, and nothing else is. */
class MetricsTableTest {
    private static final Pattern ROW = Pattern.compile("\\| `([a-z_]+)` \\| ([a-z]+) \\| ([^|]*) \\| (.*) \\|");

    private static String served;

    @BeforeAll
    static void scrapes() throws Exception {
        try (var metrics = new Metrics(InetSocketAddress.createUnresolved("localhost", 0))) {
            var statistics = new MigrationStatistics(MigrationStatus.ACTIVE, 3, 2, 1, 5000, 70, 10, 20, 30, 35, 40, 50,
                    6,
                    8192, 16, 250_000_000, 1_500_000_000, 9_000_000_000L, 30, new DeltaCounts(600, 7, 8, 0.5, 2, 1), 7,
                    8, 3, new LatencyCounts(9_000, List.of(0L, 2L)).plus(new LatencyCounts(1_000, List.of(1L, 0L))),
                    new FaultCounts(90, 5, new LatencyCounts(12_000_000, List.of(1L, 0L, 3L, 1L))));
            metrics.bind(new GuestMetrics("vm1", 128 << 20, () -> true));
            metrics.bind(new MigrationMetrics("vm1", () -> statistics));
            LatencyHistogram.of("vm1", () -> statistics).forEach(metrics::bind);
            metrics.bind(LatencyHistogram.ofWriteFaults("vm1",
                    () -> new LatencyCounts(3_000_000_000L, List.of(9L, 0L, 4L, 1L))));
            var qmp = new QmpMetrics("vm1");
            metrics.bind(qmp);
            qmp.completed("stop", "success", 2_000_000);
            qmp.completed("unknown", "CommandNotFound", 1_000);
            qmp.completed("unknown", "CommandNotFound", 1_000);
            served = HttpAnswer.to("GET", metrics.address(), "/metrics").body();
        }
    }

    @AfterAll
    static void forgets() {
        served = "";
    }

    @Test
    void servesExactlyWhatTheTableLists() throws IOException {
        var table = new TreeMap<String, String>();
        for (var line : Files.readAllLines(Path.of("METRICS.md"))) {
            var row = ROW.matcher(line);
            if (row.matches()) {
                table.put(row.group(1), row.group(2) + ": " + row.group(4));
            }
        }
        assertThat(described()).isEqualTo(table);
    }

    @ParameterizedTest
    @ValueSource(strings = {"godwit_guest_memory_bytes{guest=\"vm1\"} 1.34217728E8",
            "godwit_guest_running{guest=\"vm1\"} 1.0",
            "godwit_migration_status{guest=\"vm1\",status=\"active\"} 1.0",
            "godwit_migration_status{guest=\"vm1\",status=\"pre-switchover\"} 0.0",
            "godwit_migrations_total{guest=\"vm1\",outcome=\"completed\"} 3.0",
            "godwit_migrations_total{guest=\"vm1\",outcome=\"failed\"} 2.0",
            "godwit_migrations_total{guest=\"vm1\",outcome=\"cancelled\"} 1.0",
            "godwit_migration_bytes_total{direction=\"sent\",guest=\"vm1\"} 5000.0",
            "godwit_migration_bytes_total{direction=\"received\",guest=\"vm1\"} 70.0",
            "godwit_migration_page_bytes_total{direction=\"sent\",guest=\"vm1\"} 40960.0",
            "godwit_migration_pages_total{direction=\"sent\",guest=\"vm1\",kind=\"untouched\"} 30.0",
            "godwit_migration_pages_total{direction=\"sent\",guest=\"vm1\",kind=\"free\"} 35.0",
            "godwit_migration_pages_total{direction=\"received\",guest=\"vm1\",kind=\"zero\"} 50.0",
            "godwit_migration_xbzrle_bytes_total{guest=\"vm1\"} 600.0",
            "godwit_migration_xbzrle_pages_total{guest=\"vm1\",outcome=\"hit\"} 7.0",
            "godwit_migration_xbzrle_pages_total{guest=\"vm1\",outcome=\"miss\"} 8.0",
            "godwit_migration_xbzrle_pages_total{guest=\"vm1\",outcome=\"overflow\"} 1.0",
            "godwit_migration_passes_total{guest=\"vm1\"} 6.0",
            "godwit_migration_postcopy_pages_total{guest=\"vm1\",why=\"requested\"} 3.0",
            "godwit_migration_postcopy_pages_total{guest=\"vm1\",why=\"pushed\"} 5.0",
            "godwit_migration_postcopy_request_seconds_bucket{guest=\"vm1\",le=\"1.0E-6\"} 1",
            "godwit_migration_postcopy_request_seconds_count{guest=\"vm1\"} 3",
            "godwit_migration_postcopy_request_seconds_sum{guest=\"vm1\"} 1.0E-5",
            "godwit_migration_faults_total{guest=\"vm1\"} 90.0",
            "godwit_migration_fault_requests_total{guest=\"vm1\"} 5.0",
            "godwit_migration_fault_seconds_bucket{guest=\"vm1\",le=\"1.0E-6\"} 1",
            "godwit_migration_fault_seconds_bucket{guest=\"vm1\",le=\"4.0E-6\"} 4",
            "godwit_migration_fault_seconds_bucket{guest=\"vm1\",le=\"+Inf\"} 5",
            "godwit_migration_fault_seconds_count{guest=\"vm1\"} 5",
            "godwit_migration_fault_seconds_sum{guest=\"vm1\"} 0.012",
            "godwit_migration_postcopy_requests_total{guest=\"vm1\"} 7.0",
            "godwit_migration_remaining_bytes{guest=\"vm1\"} 8192.0",
            "godwit_migration_dirty_bytes_per_second{guest=\"vm1\"} 65536.0",
            "godwit_migration_throttle_ratio{guest=\"vm1\"} 0.3",
            "godwit_migration_expected_downtime_seconds{guest=\"vm1\"} 0.25",
            "godwit_migration_downtime_seconds{guest=\"vm1\"} 1.5",
            "godwit_migration_duration_seconds{guest=\"vm1\"} 9.0",
            "godwit_snapshot_write_fault_seconds_bucket{guest=\"vm1\",le=\"1.0E-6\"} 9",
            "godwit_snapshot_write_fault_seconds_bucket{guest=\"vm1\",le=\"4.0E-6\"} 13",
            "godwit_snapshot_write_fault_seconds_count{guest=\"vm1\"} 14",
            "godwit_snapshot_write_fault_seconds_sum{guest=\"vm1\"} 3.0",
            "godwit_qmp_command_seconds_count{command=\"stop\",guest=\"vm1\",outcome=\"success\"} 1",
            "godwit_qmp_command_seconds_count{command=\"unknown\",guest=\"vm1\",outcome=\"CommandNotFound\"} 2"})
    void servesTheNumbersItWasGiven(String line) {
        assertThat(served.lines()).contains(line);
    }

    /** Name to "type: help" of everything served. */
    private static Map<String, String> described() {
        var types = new TreeMap<String, String>();
        var helps = new TreeMap<String, String>();
        served.lines().forEach(line -> {
            var words = line.split(" ", 4);
            switch (words[1]) {
                case "HELP" -> helps.put(words[2], words[3].strip());
                case "TYPE" -> types.put(words[2], words[3]);
                default -> assertThat(line).doesNotStartWith("#");
            }
        });
        types.replaceAll((name, type) -> type + ": " + helps.getOrDefault(name, ""));
        return types;
    }
}
