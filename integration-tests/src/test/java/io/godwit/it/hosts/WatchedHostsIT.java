package io.godwit.it.hosts;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;

import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.PrometheusPrograms;
import io.godwit.it.fixture.RequiresPrometheus;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A Prometheus on a host of its own watches two daemons while a guest goes from the one to the other. */
@RequiresPrometheus
class WatchedHostsIT extends HostsTest {
    private static final int METRICS_PORT = 9187;
    private static final long SLOW = 8 << 20;

    @Test
    void aPrometheusSeesAMigrationFromBothEnds() throws IOException {
        GuestOptions guest = GuestOptions.workload().with("--metrics", "0.0.0.0:" + METRICS_PORT);
        Host source = godwit("source", guest);
        Host destination = godwit("destination", guest.incoming());
        Prometheus prometheus = prometheus(source, destination);
        source.qmp().setParameter("max-bandwidth", SLOW);

        prometheus.awaitValue("count(up == 1)", 2);
        source.migrate(destination.listen());
        prometheus.awaitValue("godwit_migration_status{guest='source',status='active'}", 1);
        prometheus.awaitValue("min(changes(godwit_migration_bytes_total{direction=~'sent|received'}[1m]) > 0)",
                changes -> changes >= 1);
        source.qmp().setParameter("max-bandwidth", 0);
        double transferred = source.qmp().awaitMigration(COMPLETED).at("/ram/transferred").asDouble();

        prometheus.awaitValue("godwit_migration_bytes_total{guest='source',direction='sent'}", transferred);
        prometheus.awaitValue("godwit_migration_status{guest='source',status='completed'}", 1);
        prometheus.awaitValue("godwit_guest_running{guest='source'}", 0);
        prometheus.awaitValue("godwit_guest_running{guest='destination'}", 1);
        Until.holds("all alert rules were evaluated and make sense",
                () -> prometheus.ruleHealth().stream().distinct().toList().equals(List.of("ok")));
    }

    /** Scrapes both every second, and has the alert rules that come with Godwit. */
    private Prometheus prometheus(Host source, Host destination) throws IOException {
        Path rules = Files.copy(Tree.root().resolve("packaging/prometheus/godwit.rules.yml"), freshPath());
        Path config = Files.writeString(freshPath(), """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ['%s']
                scrape_configs:
                - job_name: godwit
                  static_configs: [{targets: ['%s:%d', '%s:%d']}]
                """.formatted(rules, source.address(), METRICS_PORT, destination.address(), METRICS_PORT));
        return closeAtEnd(new Prometheus(start(images().prometheus(), "prometheus",
                List.of(PrometheusPrograms.program("prometheus").toString(), "--config.file=" + config,
                        "--storage.tsdb.path=/tmp", "--web.listen-address=0.0.0.0:" + Prometheus.PORT))));
    }
}
