package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.qapi.ContractInfo;
import io.godwit.protocol.qapi.ContractVerdict;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.MigrationTerms;
import io.godwit.protocol.qapi.RunState;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

/** Terms of a migration between two sides of this process: kept, or the guest runs on here and is told why. */
final class ContractTest extends EngineTest {
    private static final int PAGES = 4000;
    private static final long PAGE = 4096;

    private static MigrationTerms maxBytes(long bytes) {
        return new MigrationTerms(OptionalLong.of(bytes), OptionalLong.empty(), OptionalLong.empty());
    }

    private static MigrationTerms maxDowntime(long millis) {
        return new MigrationTerms(OptionalLong.empty(), OptionalLong.of(millis), OptionalLong.empty());
    }

    private static MigrationTerms deadline(long seconds) {
        return new MigrationTerms(OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of(seconds));
    }

    private static ContractInfo contract(OutgoingMigration out) {
        return out.contract().orElseThrow();
    }

    private static void assertEnded(Side source, OutgoingMigration out, String why) {
        Eventually.status(out.state(), MigrationStatus.FAILED);
        assertThat(out.state().errorDesc()).get().asString()
                .startsWith("The migration was ended to keep its terms: " + why);
        assertThat(source.run.state()).isEqualTo(RunState.RUNNING);
        assertThat(source.guest.isRunning()).isTrue();
    }

    /** Writes all its pages between any two passes. */
    private static void writesEverythingAlways(Side source) {
        source.guest.afterTakeDirty = () -> {
            if (source.guest.isRunning()) {
                for (int page = 0; page < PAGES; page++) {
                    source.guest.write(page, page + 7);
                }
            }
        };
    }

    @Test
    void reportsWhatItCost() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.within(maxBytes(2 * PAGES * PAGE)).migrate(socket());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            ContractInfo.Report report = contract(out).report().orElseThrow();
            assertThat(report.broken()).isEmpty();
            assertThat(report.precopyBytes()).isGreaterThan(PAGES * PAGE);
            assertThat(report.precopyBytes() + report.downtimeBytes()).isEqualTo(out.counters().transferredBytes());
            assertThat(report.blackoutMillis() + report.brownoutMillis())
                    .isBetween(out.clock().totalNanos() / 1_000_000 - 1, out.clock().totalNanos() / 1_000_000);
            assertThat(contract(out).forecast().orElseThrow().verdict()).isEqualTo(ContractVerdict.FEASIBLE);
        }
    }

    @Test
    void refusesWhatCannotBeSentOnceBeforeAnythingIsOpened() throws Exception {
        try (Side source = Side.running(PAGES)) {
            assertThatThrownBy(() -> source.within(maxBytes(PAGES * PAGE / 2)))
                    .isInstanceOf(Refused.class).hasMessageContaining("at most " + PAGES * PAGE / 2 + " expected");
            assertThat(source.guest.isRunning()).isTrue();
        }
    }

    @Test
    void refusesADeadlineThatMaxBandwidthRulesOut() throws Exception {
        try (Side source = Side.running(PAGES)) {
            source.set("max-bandwidth", 1 << 20);
            assertThatThrownBy(() -> source.within(deadline(10))).isInstanceOf(Refused.class)
                    .hasMessageContaining("at max-bandwidth, 1.0 MiB/s; at most 10 expected");
            source.within(deadline(60));
        }
    }

    @Test
    void endsBeforeAPassThatWouldBreakMaxBytes() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            writesEverythingAlways(source);
            IncomingMigration in = target.await(socket());
            long most = 3 * PAGES * PAGE;
            OutgoingMigration out = source.set("downtime-limit", 1).within(maxBytes(most)).migrate(socket());
            assertEnded(source, out, "max-bytes: ");
            Eventually.status(in.state(), MigrationStatus.FAILED);
            assertThat(out.counters().transferredBytes()).isBetween(2 * PAGES * PAGE, most);
            assertThat(contract(out).report().orElseThrow().broken()).isEmpty();
        }
    }

    /** Ten pages go into the socket at once, and then nobody says that they have come. */
    @Test
    void endsAtTheDeadlineWhereNobodyAnswers() throws Exception {
        try (Side source = Side.running(10);
                var deaf = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            deaf.bind(UnixDomainSocketAddress.of(socket().path()));
            OutgoingMigration out = source.with(MigrationCapability.RETURN_PATH).within(deadline(1)).migrate(socket());
            assertEnded(source, out, "deadline-s: not there after ");
            assertThat(out.state().errorDesc().orElseThrow())
                    .matches(".*not there after \\d+\\.\\d s, at most 1 expected");
        }
    }

    @Test
    void theGuestStandsStillNoLongerThanItMay() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            target.guest.device().whileLoaded = () -> Eventually.until("the source gave up",
                    () -> source.guest.isRunning());
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.with(MigrationCapability.RETURN_PATH).within(maxDowntime(200))
                    .migrate(socket());
            assertEnded(source, out, "max-downtime-ms: the guest stood still for ");
            Eventually.until("the other side's end", () -> !in.state().status().isRunning());
            assertThat(source.told).contains("STOP").endsWith("RESUME", "failed");
        }
    }
}
