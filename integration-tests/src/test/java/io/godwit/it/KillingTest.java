package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.Until;
import io.godwit.protocol.qapi.MigrationStatus;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Kills one side of a migration again and again, each time at another moment: while pages are copied before the hand-over, about
 * the hand-over itself, and while they are copied after it. Moments are told in bytes of progress, or in looks at it, by a seed.
 */
abstract class KillingTest extends MigrationTest {

    private static final int ROUNDS = 25;
    private static final long BYTES_PER_SECOND = 16 << 20;
    /** Less than what the guest has, so that neither phase is over when the kill comes. */
    private static final int MOST_BYTES = 16 << 20;
    private static final int MOST_LOOKS = 8;
    private static final GuestOptions GUEST = GuestOptions.workload(64, "fill=48M,dirty=4M,rate=1000");

    private final Map<String, Integer> outcomes = new TreeMap<>();
    private int pairs;

    record Pair(DaemonProcess source, DaemonProcess destination) {}

    private enum Moment {
        BEFORE("before", "failed.*"),
        ABOUT("about", ".*"),
        AFTER("after", "postcopy-paused.*");

        private final String word;
        /** What must come of it. */
        private final String outcome;

        Moment(String word, String outcome) {
            this.word = word;
            this.outcome = outcome;
        }
    }

    /** Which of a pair is killed. */
    abstract DaemonProcess killed(Pair pair);

    /** Checks what the kill has left; returns that in a few words, the other side's status first. */
    abstract String outcome(Pair pair);

    /** Prints the table. */
    final void kill(long seed) {
        var random = new Random(seed);
        Pair next = pair();
        for (int round = 0; round < ROUNDS; round++) {
            Pair pair = next;
            next = pair(); // starts while this one migrates
            Moment moment = Moment.values()[random.nextInt(Moment.values().length)];
            await(moment, pair, random);
            killed(pair).kill();
            String outcome = outcome(pair);
            assertThat(outcome).as("killed %s the hand-over", moment.word).matches(moment.outcome);
            outcomes.merge("%-6s the hand-over | %s".formatted(moment.word, outcome), 1, Integer::sum);
            pair.source().close();
            pair.destination().close();
        }
        System.out.println(getClass().getSimpleName() + ": killed | what was left");
        outcomes.forEach((outcome, count) -> System.out.printf("%4d  %s%n", count, outcome));
        for (Moment moment : Moment.values()) {
            assertThat(outcomes.keySet()).anyMatch(outcome -> outcome.startsWith(moment.word));
        }
    }

    private Pair pair() {
        int number = ++pairs;
        return new Pair(daemon("source-" + number, GUEST), daemon("destination-" + number, GUEST.incoming()));
    }

    private void await(Moment moment, Pair pair, Random random) {
        for (DaemonProcess side : List.of(pair.source(), pair.destination())) {
            side.qmp().setCapabilities("events", "postcopy-ram");
        }
        pair.source().qmp().execute("migrate-set-parameters",
                Map.of("max-bandwidth", BYTES_PER_SECOND, "max-postcopy-bandwidth", BYTES_PER_SECOND));
        migrate(pair.source(), pair.destination().listen("unix:" + freshPath()));
        switch (moment) {
            case BEFORE -> awaitBytes(pair.source(), "precopy-bytes", random.nextInt(MOST_BYTES));
            case ABOUT -> {
                awaitBytes(pair.source(), "precopy-bytes", 1);
                pair.source().qmp().execute("migrate-start-postcopy");
                for (int looks = random.nextInt(MOST_LOOKS); looks > 0; looks--) {
                    pair.source().qmp().queryMigrate();
                }
            }
            case AFTER -> {
                awaitBytes(pair.source(), "precopy-bytes", 1);
                pair.source().qmp().execute("migrate-start-postcopy");
                pair.destination().qmp().awaitRunState("running");
                awaitBytes(pair.source(), "postcopy-bytes", random.nextInt(MOST_BYTES));
            }
        }
    }

    private static void awaitBytes(DaemonProcess source, String counter, long bytes) {
        Until.holds("its " + counter + " became " + bytes,
                () -> source.qmp().queryMigrate().at("/ram/" + counter).asLong(0) >= bytes);
    }

    /** How it stands with the side that is left: it knows by now that the other is dead. */
    static MigrationStatus settled(DaemonProcess left) {
        left.qmp().awaitMigration(FAILED, POSTCOPY_PAUSED);
        return left.qmp().migrationStatus();
    }

    static void assertNeverRunsAgain(DaemonProcess source) {
        assertThatThrownBy(() -> source.qmp().execute("cont")).isInstanceOf(QmpError.class);
        assertThat(source.qmp().eventNames()).contains("STOP").doesNotContain("RESUME");
    }
}
