package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.godwit.it.fixture.CountingPeer;
import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A migration that comes to nothing costs the source nothing: it runs on, says why, holds no more than before, and migrates next time. */
class FailedMigrationIT extends MigrationTest {

    private static final long SLOW = 16 << 20;
    private static final long SOME_PROGRESS = 2 << 20;
    private static final int ROUNDS = 50;
    private static final int JVM_OWN_MAPPINGS = 24;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            carrier-pigeon:roof | unknown migration protocol: carrier-pigeon:roof
            /a/bare/path        | unknown migration protocol: /a/bare/path
            tcp:127.0.0.1       | error parsing address '127.0.0.1'
            unix:               | invalid Unix socket address
            fd:                 | invalid file descriptor address
            file:/x,offset=q    | file URI has bad offset q: Invalid argument
            """)
    void isRefusedAtOnceWhenTheUriIsWrong(String uri, String text) {
        DaemonProcess source = daemon("source", GuestOptions.workload());

        assertThatThrownBy(() -> migrate(source, uri)).isInstanceOf(QmpError.class).hasMessage(text);

        assertThat(source.qmp().queryMigrate().isEmpty()).isTrue();
        assertSourceIsFitAsBefore(source);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "unix:/nowhere/none.sock|Failed to connect to '/nowhere/none.sock': No such file or directory",
            "tcp:127.0.0.1:1|Failed to connect to '127.0.0.1:1': Connection refused"})
    void failsWithTheReasonWhenNobodyListens(String uriAndText) {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        String[] parts = uriAndText.split("\\|", -1);

        migrate(source, parts[0]);

        assertThat(source.qmp().awaitMigration(FAILED).path("error-desc").asString()).isEqualTo(parts[1]);
        assertSourceIsFitAsBefore(source);
    }

    @Test
    void failsWhenThePeerHangsUpInMidStream() throws IOException {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        closeAtEnd(CountingPeer.hangingUpAfter(SOME_PROGRESS, directory().resolve("wire")));

        migrate(source, unixUri("wire"));

        assertThat(source.qmp().awaitMigration(FAILED).path("error-desc").asString()).isNotBlank();
        assertSourceIsFitAsBefore(source);
    }

    @Test
    void failsWhenTheDestinationIsKilled() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        source.qmp().setParameter("max-bandwidth", SLOW);
        migrate(source, destination.listen(unixUri("wire")));
        awaitProgress(source, SOME_PROGRESS);

        destination.kill();

        assertThat(source.qmp().awaitMigration(FAILED).path("error-desc").asString()).isNotBlank();
        assertSourceIsFitAsBefore(source);
    }

    @Test
    void doesNotLetASecondOneBegin() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        source.qmp().setParameter("max-bandwidth", SLOW);
        migrate(source, destination.listen(unixUri("wire")));
        source.qmp().awaitMigration(ACTIVE);

        assertThatThrownBy(() -> migrate(source, unixUri("other"))).isInstanceOf(QmpError.class)
                .hasMessage("There's a migration process in progress");

        source.qmp().setParameter("max-bandwidth", 0);
        source.qmp().awaitMigration(COMPLETED);
        assertThat(destination.verify()).isNotBlank();
    }

    /** Where the cancelling hits is chosen by a seed and told in bytes of progress, so that a bad moment can be found again. */
    @Test
    void leavesNothingBehindHoweverOftenAndWheneverItIsCancelled() throws IOException {
        var random = new Random(20260201);
        DaemonProcess source = daemon("source", GuestOptions.workload());
        source.qmp().setParameter("max-bandwidth", 256 << 20);
        cancelAfter(source, 0, "warm-up-1");
        cancelAfter(source, SOME_PROGRESS, "warm-up-2");
        ProcessResources before = source.resources();
        int mappingsBefore = source.mappings();

        for (int round = 0; round < ROUNDS; round++) {
            cancelAfter(source, random.nextLong(60L << 20), "round-" + round);
        }

        Until.holds("the source holds what it held before: " + before, () -> source.resources().equals(before));
        assertThat(source.mappings()).isCloseTo(mappingsBefore, within(JVM_OWN_MAPPINGS));
        assertSourceIsFitAsBefore(source);
    }

    @Test
    void endsInGoodOrderWhenTheSourceIsTerminated() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        source.qmp().setParameter("max-bandwidth", SLOW);
        migrate(source, destination.listen(unixUri("wire")));
        awaitProgress(source, SOME_PROGRESS);

        source.terminate();

        assertThat(source.awaitExit()).isZero();
        assertThat(source.qmp().eventNames()).contains("SHUTDOWN");
        assertThat(source.socket()).doesNotExist();
        destination.qmp().awaitMigration(FAILED);
    }

    private void cancelAfter(DaemonProcess source, long bytes, String wire) throws IOException {
        Path socket = directory().resolve(wire);
        try (CountingPeer peer = CountingPeer.listening(socket)) {
            migrate(source, "unix:" + socket);
            Until.holds("the peer got " + bytes + " bytes", () -> peer.received() >= bytes || !isRunning(source));
            source.qmp().execute("migrate_cancel");
            JsonNode info = source.qmp().awaitMigration(CANCELLED, COMPLETED);
            // A cancelling that comes after the hand-over has nothing to cancel; the operator may go on.
            if (info.get("status").asString().equals("completed")) {
                source.qmp().execute("cont");
            }
        }
        source.qmp().awaitRunState("running");
        Files.deleteIfExists(socket);
    }

    private static boolean isRunning(DaemonProcess source) {
        return source.qmp().migrationStatus().isRunning();
    }

    private static void awaitProgress(DaemonProcess source, long bytes) {
        Until.holds("the migration sent " + bytes + " bytes",
                () -> source.qmp().queryMigrate().at("/ram/transferred").asLong(0) >= bytes);
    }

    /** Running, memory whole, and able to move to a daemon that wants it. */
    private void assertSourceIsFitAsBefore(DaemonProcess source) {
        assertThat(source.qmp().runState()).isEqualTo("running");
        assertThat(source.verify()).isNotBlank();
        source.qmp().setParameter("max-bandwidth", 0);
        DaemonProcess refuge = daemon("refuge", GuestOptions.workload().incoming());
        migrate(source, refuge.listen(unixUri("refuge")));
        source.qmp().awaitMigration(COMPLETED);
        refuge.qmp().awaitRunState("running");
        assertThat(refuge.verify()).isNotBlank();
    }
}
