package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.PrometheusPrograms;
import io.godwit.it.fixture.RequiresPrometheus;
import io.godwit.it.fixture.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The alert rules and the dashboard that come with Godwit. */
class MonitoringIT {
    private static final Path RULES = Tree.root().resolve("packaging/prometheus/godwit.rules.yml");

    @ParameterizedTest
    @ValueSource(strings = {"godwit.rules.yml", "godwit.dashboard.json"})
    void namesOnlyMetricsThatAreServed(String file) throws IOException {
        String table = Files.readString(Tree.root().resolve("daemon/METRICS.md"));
        List<String> named = Pattern.compile("\\b(?:godwit|process)_[a-z_]+")
                .matcher(Files.readString(RULES.resolveSibling(file))).results().map(MatchResult::group)
                .map(name -> name.replaceFirst("_bucket$", "")).distinct().toList();

        assertThat(named).isNotEmpty().allSatisfy(name -> assertThat(table).contains("| `" + name + "` |"));
    }

    @RequiresPrometheus
    @Test
    void hasRulesThatPrometheusTakes() {
        Programs.Result checked = Programs.run(PrometheusPrograms.program("promtool").toString(), "check", "rules",
                RULES.toString());

        assertThat(checked.status()).as(checked.output()).isZero();
    }
}
