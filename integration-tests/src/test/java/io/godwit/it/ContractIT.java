package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.Until;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** A migration with terms keeps them, goes on as postcopy, or is ended and its guest runs on. */
class ContractIT extends MigrationTest {
    private static final int MIB = 1 << 20;
    private static final String FILLED = " 16384 pages checked";
    private static final String QUIET = "fill=64M,dirty=1M,rate=200";
    private static final String BUSY = "fill=64M,dirty=48M,rate=40000";

    private record Pair(DaemonProcess source, DaemonProcess destination, String uri) {
        QmpClient qmp() {
            return source.qmp();
        }

        void migrate(String term, long value) {
            qmp().execute("migrate", Map.of("uri", uri, term, value));
        }

        JsonNode contract() {
            return qmp().queryMigrate().path("x-godwit-contract");
        }
    }

    private Pair pair(String workload, String... capabilities) {
        GuestOptions guest = GuestOptions.workload(128, workload);
        DaemonProcess source = daemon("source", guest);
        DaemonProcess destination = daemon("destination", guest.incoming());
        for (DaemonProcess each : new DaemonProcess[]{source, destination}) {
            each.qmp().setCapabilities(capabilities);
        }
        // A guest that fills its memory writes as fast as it can: what it does afterwards is what is meant.
        Until.holds("the guest has filled its memory", () -> source.verify().contains(FILLED));
        return new Pair(source, destination, destination.listen(unixUri("wire")));
    }

    private static void assertRunsOn(Pair pair, String why) {
        JsonNode info = pair.qmp().awaitMigration(FAILED);
        assertThat(info.path("error-desc").asString()).startsWith("The migration was ended to keep its terms: " + why);
        assertThat(pair.qmp().runState()).isEqualTo("running");
        assertThat(pair.source().verify()).isNotBlank();
    }

    @Test
    void reportsWhatItCostAndThatItKeptItsTerms() {
        Pair pair = pair(QUIET);

        pair.migrate("max-bytes", 120 * MIB);

        JsonNode contract = pair.qmp().awaitMigration(COMPLETED).path("x-godwit-contract");
        assertThat(contract.at("/terms/max-bytes").asLong()).isEqualTo(120 * MIB);
        assertThat(contract.at("/forecast/verdict").asString()).isEqualTo("feasible");
        assertThat(contract.at("/report/broken").isEmpty()).isTrue();
        assertThat(contract.at("/report/precopy-bytes").asLong()).isBetween(60L * MIB, 120L * MIB);
        assertThat(contract.at("/report/postcopy-bytes").asLong()).isZero();
        assertThat(pair.destination().verify()).isNotBlank();
    }

    @Test
    void saysNothingOfTermsWhereNobodyHasAskedForAny() {
        Pair pair = pair(QUIET);
        migrate(pair.source(), pair.uri());
        assertThat(pair.qmp().awaitMigration(COMPLETED).has("x-godwit-contract")).isFalse();
    }

    @Test
    void refusesWhatItKnowsCannotBeKeptAndLeavesTheGuestAlone() {
        Pair pair = pair(QUIET);

        assertThatThrownBy(() -> pair.migrate("max-bytes", 20 * MIB)).isInstanceOf(QmpError.class)
                .hasMessageContaining("max-bytes cannot be kept").hasMessageContaining("at most 20971520 expected");
        pair.qmp().setParameter("max-bandwidth", 4 * MIB);
        assertThatThrownBy(() -> pair.migrate("deadline-s", 2)).isInstanceOf(QmpError.class)
                .hasMessageContaining("deadline-s cannot be kept").hasMessageContaining("at most 2 expected");

        assertThat(pair.qmp().queryMigrate().isEmpty()).isTrue();
        assertThat(pair.qmp().migrationEvents()).isEmpty();
        assertThat(pair.qmp().runState()).isEqualTo("running");
    }

    @ParameterizedTest
    @CsvSource({"max-bytes, 0", "max-downtime-ms, 2000001", "deadline-s, 0"})
    void refusesTermsOutOfRange(String term, long value) {
        DaemonProcess daemon = daemon("alone", GuestOptions.workload());
        assertThatThrownBy(
                () -> daemon.qmp().execute("migrate", Map.of("uri", unixUri("nowhere"), term, value)))
                .isInstanceOf(QmpError.class)
                .hasMessageContaining("Parameter '" + term + "' expects a value between 1 and ")
                .hasMessageContaining(", got " + value);
    }

    @ParameterizedTest
    @CsvSource({"max-bytes, 180, max-bytes: ", "deadline-s, 4, deadline-s: "})
    void endsWhatTheGuestsWritingWouldBreak(String term, long value, String why) {
        Pair pair = pair(BUSY);
        pair.qmp().execute("migrate-set-parameters", Map.of("max-bandwidth", 32 * MIB, "downtime-limit", 50));
        long most = term.equals("max-bytes") ? value * MIB : value;

        pair.migrate(term, most);

        Until.holds("the link's first 100 ms", () -> pair.contract().at("/forecast/basis").asString("").equals("link"));
        assertThat(pair.contract().at("/forecast/verdict").asString()).isNotEqualTo("feasible");
        assertRunsOn(pair, why);
        JsonNode report = pair.contract().path("report");
        if (term.equals("max-bytes")) {
            assertThat(report.path("precopy-bytes").asLong() + report.path("downtime-bytes").asLong())
                    .isLessThanOrEqualTo(most);
        }
    }

    @ParameterizedTest
    @CsvSource({"max-bytes, 150", "deadline-s, 8", "max-downtime-ms, 1000"})
    void goesOnAsPostcopyWhereThatKeepsWhatPrecopyWouldBreak(String term, long value) {
        Pair pair = pair(BUSY, "postcopy-ram");
        pair.qmp().setParameter("max-bandwidth", 32 * MIB);

        pair.migrate(term, term.equals("max-bytes") ? value * MIB : value);

        JsonNode info = pair.qmp().awaitMigration(COMPLETED);
        JsonNode contract = info.path("x-godwit-contract");
        assertThat(contract.at("/report/postcopy-bytes").asLong()).as("%s", info).isPositive();
        assertThat(contract.at("/report/broken").isEmpty()).as("%s", contract).isTrue();
        assertThat(pair.destination().verify()).isNotBlank();
    }
}
