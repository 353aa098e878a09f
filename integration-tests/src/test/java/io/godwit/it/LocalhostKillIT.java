package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.Outcomes;
import io.godwit.it.fixture.PeakMemory;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.Until;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/**
 * One side of a move is killed at some point. Whatever is left never runs half a guest: it is whole here, or there, or gone, and
 * gone only when its memory was under way. {@code -Dgodwit.kills=25} kills each side at 25 points in each mode; {@code -Dgodwit.seed=N}
 * chooses others. What came of each stands in {@code target/localhost-kills.txt}.
 */
class LocalhostKillIT extends MigrationTest {
    private static final int KILLS = Integer.getInteger("godwit.kills", 3);
    private static final long SEED = Long.getLong("godwit.seed", 8);
    private static final long MIB = 1 << 20;
    /** Longer than a flip of the guest takes on a machine that has nothing else to do, and than a hand-over. */
    private static final int LATEST_MICROS_OF_FLIP = 400_000;
    private static final int LATEST_MICROS_OF_HANDOVER = 15_000;

    private static final Outcomes OUTCOMES = new Outcomes("localhost-kills");

    private enum Outcome {
        ALIVE_AT_SOURCE,
        ALIVE_AT_DESTINATION,
        DIED_WITH_ITS_PROCESS,
        LOST_WITH_ITS_PAGES
    }

    static Stream<Arguments> points() {
        return Stream.of("anonymous", "memfd").flatMap(ram -> Stream.of(true, false).flatMap(killsSource -> {
            var random = new Random(SEED + (killsSource ? 1 : 0));
            int latest = ram.equals("memfd") ? LATEST_MICROS_OF_HANDOVER : LATEST_MICROS_OF_FLIP;
            return IntStream.range(0, KILLS).mapToObj(i -> Arguments.of(ram, killsSource, random.nextInt(latest)));
        }));
    }

    /** The point is counted from where both sides have agreed: before that a kill is that of any daemon. */
    @ParameterizedTest
    @MethodSource("points")
    void neverLeavesHalfAGuestRunning(String ram, boolean killsSource, int afterMicros) {
        GuestOptions guest = GuestOptions.workload(512, "fill=448M,dirty=8M,rate=1000").with("--ram", ram);
        DaemonProcess source = daemon("source", guest);
        DaemonProcess destination = daemon("destination", guest.incoming());
        PeakMemory.awaitFilled(source, 448 * MIB);
        String uri = destination.listen(unixUri("wire"));

        source.qmp().execute("localhost-migrate", Map.of("uri", uri));
        Until.holds("both sides have met", () -> !status(source).equals("setup"));
        LockSupport.parkNanos(afterMicros * 1000L);
        (killsSource ? source : destination).kill();

        Outcome outcome = killsSource ? withoutSource(destination) : withoutDestination(source, ram.equals("memfd"));
        OUTCOMES.add("%s, %s killed".formatted(ram.equals("memfd") ? "handover" : "flip",
                killsSource ? "source" : "destination"), outcome.toString(), " after " + afterMicros + " us");
    }

    @AfterAll
    static void printOutcomes() {
        OUTCOMES.print();
    }

    private static Outcome withoutSource(DaemonProcess destination) {
        Until.holds("the destination has seen its source go",
                () -> !Stream.of("setup", "active").toList().contains(status(destination)));
        if (destination.qmp().runState().equals("running")) {
            assertThat(status(destination)).isEqualTo("completed");
            assertThat(destination.verify()).isNotBlank();
            return Outcome.ALIVE_AT_DESTINATION;
        }
        assertThat(status(destination)).isEqualTo("failed");
        assertThat(destination.qmp().runState()).isEqualTo("inmigrate");
        return Outcome.DIED_WITH_ITS_PROCESS;
    }

    private static Outcome withoutDestination(DaemonProcess source, boolean handOver) {
        Until.holds("the source has seen its destination go",
                () -> Stream.of("completed", "failed").toList().contains(status(source)));
        String state = source.qmp().runState();
        if (state.equals("running")) {
            assertThat(source.verify()).isNotBlank();
            return Outcome.ALIVE_AT_SOURCE;
        }
        assertThatThrownBy(() -> source.qmp().execute("cont")).isInstanceOf(QmpError.class);
        if (state.equals("postmigrate")) {
            return Outcome.DIED_WITH_ITS_PROCESS; // it had been given away
        }
        assertThat(state).isEqualTo("internal-error");
        assertThat(handOver).as("what is handed over cannot get lost").isFalse();
        assertThat(source.qmp().queryMigrate().path("error-desc").asString()).startsWith("The guest is lost");
        return Outcome.LOST_WITH_ITS_PAGES;
    }

    private static String status(DaemonProcess daemon) {
        JsonNode info = daemon.qmp().queryMigrate();
        return info.path("status").asString();
    }
}
