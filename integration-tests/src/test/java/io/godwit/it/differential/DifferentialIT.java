package io.godwit.it.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresQemu;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Seeded random and mutated inputs to the monitor of a real QEMU and to ours: the same answers, texts included.
 * {@code -Dgodwit.differential=N} of each kind (2500 unless told otherwise, the same ones in every run), from {@code -Dgodwit.seed=N}.
 */
@RequiresQemu
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DifferentialIT {
    private static final long INPUTS = Long.getLong("godwit.differential", 2500);
    private static final long SEED = Long.getLong("godwit.seed", 21);
    private static final int MOST_SHOWN = 25;

    private final DaemonProcess godwit;
    private final QemuProcess qemu;
    private final TreeMap<String, Long> counts = new TreeMap<>();
    private final List<String> differences = new ArrayList<>();

    DifferentialIT(@TempDir Path directory) {
        godwit = DaemonProcess.start(directory, "godwit", GuestOptions.workload().with("-S"));
        qemu = QemuProcess.start(directory, "qemu", QemuMachine.bare().with("-S", "-name", "godwit"));
    }

    @BeforeAll
    void bothAnswer() {
        godwit.makeWay();
        qemu.makeWay();
    }

    @AfterAll
    void endBoth() {
        qemu.close();
        godwit.close();
    }

    @Test
    void requestsAreAnsweredAsByQemu() throws IOException {
        var mutator = new Mutator(SEED);
        compare("requests", mutator::request);
    }

    @Test
    void linesOfTheMonitorForPeoplePrintWhatTheyPrintInQemu() throws IOException {
        var mutator = new Mutator(SEED);
        compare("lines", () -> {
            var request = JsonNodeFactory.instance.objectNode().put("execute", "human-monitor-command");
            request.putObject("arguments").put("command-line", mutator.line());
            return request.toString().getBytes(StandardCharsets.UTF_8);
        });
    }

    @FunctionalInterface
    private interface Inputs {
        byte[] next();
    }

    private void compare(String what, Inputs inputs) throws IOException {
        counts.clear();
        differences.clear();
        try (var here = RawMonitor.connect(godwit.socket()); var there = RawMonitor.connect(qemu.socket())) {
            for (long i = 0; i < INPUTS && differences.size() < MOST_SHOWN; i++) {
                byte[] input = inputs.next();
                compare(input, here.exchange(input), there.exchange(input));
            }
        }
        System.out.println("differential, " + what + ", seed " + SEED + ": " + counts);
        assertThat(differences).as("%s", counts).isEmpty();
    }

    private void compare(byte[] input, List<JsonNode> ours, List<JsonNode> theirs) {
        if (ours.equals(theirs)) {
            count(ours.getFirst().has("return") ? "same result" : "same error");
            return;
        }
        if (ours.size() == theirs.size()) {
            boolean known = true;
            for (int i = 0; i < ours.size(); i++) {
                known &= ours.get(i).equals(theirs.get(i)) || KnownDifferences.cover(ours.get(i), theirs.get(i));
            }
            if (known) {
                count("documented difference");
                return;
            }
        }
        count("difference");
        differences.add("\n  sent   " + new String(input, StandardCharsets.ISO_8859_1) + "\n  godwit " + ours
                + "\n  qemu   " + theirs);
    }

    private void count(String kind) {
        counts.merge(kind, 1L, Long::sum);
    }
}
