package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException.ChannelLost;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A guest that runs before its RAM has come, with a source that the test plays. */
final class PostcopyIncomingTest extends EngineTest {
    private static final int PAGES = 100;

    private byte[] devices = {};

    @BeforeEach
    void record() throws Exception {
        DirtyTracking.assume(); // the kernel that can do the one has the other
        devices = HandmadeStream.devices(dir, 42);
    }

    private ScriptedSource connect() throws IOException {
        return ScriptedSource.connect(socket().path());
    }

    private static Side waiting() throws IOException {
        return Side.waiting(PAGES).with(MigrationCapability.POSTCOPY_RAM);
    }

    /** The guest's program touches a page on a thread of its own; it may have to wait for it. */
    private static CompletableFuture<Long> touch(Side side, long page) {
        var value = new CompletableFuture<Long>();
        Thread.ofPlatform().name("toucher").start(() -> value.complete(side.guest.read(page)));
        return value;
    }

    /** Sends everything up to and including the package and hears the answers. */
    private ScriptedSource runningFrom(ScriptedSource source) throws IOException {
        source.send(ScriptedSource.head(PAGES)).send(ScriptedSource.discard("pc.ram", 0, PAGES))
                .send(ScriptedSource.packaged(devices));
        assertThat(source.heard()).isEqualTo("PONG 1");
        assertThat(source.heard()).isEqualTo("PONG 3");
        return source;
    }

    private static void ends(ScriptedSource source) throws IOException {
        source.send(HandmadeStream.bare().end().eos().bytes(new byte[1]));
        assertThat(source.heard()).isEqualTo("SHUT 0");
    }

    @Test
    void runsBeforeItsRamHasComeAndAsksForWhatIsTouched() throws Exception {
        try (Side side = waiting()) {
            IncomingMigration in = side.await(socket());
            try (var source = runningFrom(connect())) {
                Eventually.until("it runs", () -> side.run.state() == RunState.RUNNING);
                assertThat(side.guest.device().counter).isEqualTo(42);
                assertThat(in.state().status()).isEqualTo(MigrationStatus.POSTCOPY_ACTIVE);
                CompletableFuture<Long> touched = touch(side, 3);
                assertThat(source.heard()).isEqualTo("REQ pc.ram page 3 of 4096");
                // Page 4 first: touched before it is in place it would be asked for, though it is on its way.
                source.send(HandmadeStream.bare().part().page("pc.ram", 4, 44).page("pc.ram", 3, 33).eos());
                assertThat(touched.get()).isEqualTo(33);
                assertThat(side.guest.read(4)).isEqualTo(44);
                touched = touch(side, 50);
                assertThat(source.heard()).isEqualTo("REQ page 50 of 4096");
                source.send(HandmadeStream.bare().part().zero("pc.ram", 50).eos());
                assertThat(touched.get()).isZero();
                ends(source);
            }
            in.join();
            assertThat(side.told).containsExactly("setup", "active", "postcopy-active", "RESUME", "completed");
            assertThat(side.guest.read(3)).isEqualTo(33);
            assertThat(side.guest.read(99)).isZero();
            assertThat(in.counters().normalPages()).isEqualTo(2);
            assertThat(in.counters().zeroPages()).isEqualTo(1);
            assertThat(in.faults().requests()).isEqualTo(2);
        }
    }

    @Test
    void keepsWhatWasPrecopiedAndDoesNotAskForItsZeroPages() throws Exception {
        try (Side side = waiting()) {
            side.guest.write(7, 77); // what its RAM held before is given up
            IncomingMigration in = side.await(socket());
            try (var source = connect()) {
                source.send(ScriptedSource.head(PAGES).part().page("pc.ram", 0, 1).page("pc.ram", 1, 11)
                        .zero("pc.ram", 2).eos());
                source.send(ScriptedSource.discard("pc.ram", 1, 1)).send(ScriptedSource.discard("pc.ram", 3, PAGES - 3))
                        .send(ScriptedSource.packaged(devices));
                assertThat(source.heard()).isEqualTo("PONG 1");
                assertThat(source.heard()).isEqualTo("PONG 3");
                assertThat(side.guest.read(0)).isEqualTo(1);
                assertThat(side.guest.read(2)).isZero();
                CompletableFuture<Long> touched = touch(side, 1);
                assertThat(source.heard()).isEqualTo("REQ pc.ram page 1 of 4096");
                source.send(HandmadeStream.bare().part().page("pc.ram", 1, 12).eos());
                assertThat(touched.get()).isEqualTo(12);
                ends(source);
            }
            in.join();
            assertThat(in.state().status()).isEqualTo(MigrationStatus.COMPLETED);
            assertThat(side.guest.read(7)).isZero();
        }
    }

    @Test
    void aLostConnectionIsRecoveredAndNothingIsLost() throws Exception {
        try (Side side = waiting()) {
            IncomingMigration in = side.await(socket());
            CompletableFuture<Long> touched;
            try (var source = runningFrom(connect())) {
                source.send(HandmadeStream.bare().part().page("pc.ram", 0, 10).page("pc.ram", 65, 75).eos());
                touched = touch(side, 5);
                assertThat(source.heard()).isEqualTo("REQ pc.ram page 5 of 4096");
                Eventually.until("both came", () -> in.counters() != null && side.guest.isRunning());
                assertThatThrownBy(() -> in.recover(socket())).isInstanceOf(Refused.class)
                        .hasMessage("Migrate recover can only be run when postcopy is paused.");
            }
            for (int i = 0; i < 3; i++) { // the second and the third time in the middle of the recovery
                Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
                assertThat(in.errorDesc().orElseThrow()).contains("the stream ends at byte");
                assertThat(side.run.state()).isEqualTo(RunState.RUNNING);
                assertThatThrownBy(() -> in.recover(new Endpoint.Unix(Path.of("/no/where"))))
                        .isInstanceOf(ChannelLost.class);
                in.recover(socket());
                assertThatThrownBy(() -> in.recover(socket())).isInstanceOf(Refused.class)
                        .hasMessage("Migrate recovery is triggered already");
                try (var source = connect()) {
                    source.send(ScriptedSource.askReceived("pc.ram"));
                    assertThat(source.heard()).isEqualTo("RECEIVED pc.ram 1 2");
                    if (i == 2) {
                        source.send(HandmadeStream.bare().command(9));
                        assertThat(source.heard()).isEqualTo("RESUME_ACK 1");
                        assertThat(source.heard()).isEqualTo("REQ pc.ram page 5 of 4096");
                        assertThat(in.state().status()).isEqualTo(MigrationStatus.POSTCOPY_ACTIVE);
                        source.send(HandmadeStream.bare().part().page("pc.ram", 5, 55).eos());
                        assertThat(touched.get()).isEqualTo(55);
                        ends(source);
                    }
                }
            }
            in.join();
            assertThat(side.told).containsExactly("setup", "active", "postcopy-active", "RESUME", "postcopy-paused",
                    "postcopy-recover", "postcopy-paused", "postcopy-recover", "postcopy-paused", "postcopy-recover",
                    "postcopy-active", "completed");
            assertThat(side.guest.read(65)).isEqualTo(75);
        }
    }

    @Test
    void aPageThatComesTwicePausesAndIsNotTaken() throws Exception {
        try (Side side = waiting()) {
            IncomingMigration in = side.await(socket());
            try (var source = runningFrom(connect())) {
                source.send(HandmadeStream.bare().part().page("pc.ram", 3, 33).page("pc.ram", 3, 34).eos());
                Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
            }
            assertThat(in.errorDesc()).hasValue(
                    "page at offset 0x3000 of block 'pc.ram' comes twice, expected once in postcopy");
            assertThat(side.guest.read(3)).isEqualTo(33);
            in.breakOff();
            in.join();
        }
    }

    @Test
    void stopDoesNotWaitForAPageAndEndingLetsWhoWaitsGo() throws Exception {
        try (Side side = waiting()) {
            IncomingMigration in = side.await(socket());
            CompletableFuture<Long> touched;
            try (var source = runningFrom(connect())) {
                Eventually.until("it runs", () -> side.run.state() == RunState.RUNNING);
                touched = touch(side, 5);
                assertThat(source.heard()).isEqualTo("REQ pc.ram page 5 of 4096");
                side.run.stop();
                side.run.cont();
            }
            Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
            assertThatThrownBy(() -> side.run.whileStill(() -> "")).isInstanceOf(IOException.class);
            in.breakOff();
            in.join();
            assertThat(touched.get()).isZero();
            assertThat(in.state().status()).isEqualTo(MigrationStatus.FAILED);
            assertThat(side.guest.isRunning()).isFalse();
            assertThat(side.run.state()).isEqualTo(RunState.INTERNAL_ERROR);
        }
    }

    /** What a source does on its two connections once its guest runs here, and none of its pages is here. */
    @FunctionalInterface
    private interface OnTwoConnections {
        void play(Side side, ScriptedSource source, ScriptedSource preempt) throws Exception;
    }

    /** The guest comes whole, page 1 with 11; returns what page 5 has. */
    private long comesOnTwoConnections(OnTwoConnections act) throws Exception {
        try (Side side = Side.waiting(PAGES).with(MigrationCapability.POSTCOPY_RAM,
                MigrationCapability.POSTCOPY_PREEMPT)) {
            IncomingMigration in = side.await(socket());
            try (var source = connect()) {
                source.send(ScriptedSource.head(PAGES));
                assertThat(source.heard()).isEqualTo("PONG 1");
                try (var preempt = connect()) {
                    source.send(ScriptedSource.discard("pc.ram", 0, PAGES)).send(ScriptedSource.packaged(devices));
                    assertThat(source.heard()).isEqualTo("PONG 3");
                    act.play(side, source, preempt);
                    assertThat(source.heard()).isEqualTo("SHUT 0");
                }
            }
            in.join();
            assertThat(in.state().status()).isEqualTo(MigrationStatus.COMPLETED);
            assertThat(side.guest.read(1)).isEqualTo(11);
            return side.guest.read(5);
        }
    }

    private static void sendPageOneAndTheEnd(ScriptedSource source) throws IOException {
        source.send(HandmadeStream.bare().part().page("pc.ram", 1, 11).eos().end().eos().bytes(new byte[1]));
    }

    @Test
    void requestedPagesComeOnAConnectionOfTheirOwn() throws Exception {
        long fifth = comesOnTwoConnections((side, source, preempt) -> {
            CompletableFuture<Long> touched = touch(side, 5);
            assertThat(source.heard()).isEqualTo("REQ pc.ram page 5 of 4096");
            sendPageOneAndTheEnd(source); // all of it is over here before what was asked for comes there
            preempt.send(ScriptedSource.page("pc.ram", 5, 55));
            assertThat(touched.get()).isEqualTo(55);
        });
        assertThat(fifth).isEqualTo(55);
    }

    /** A page that nobody waits for any more when it comes: it was asked for in the last moment, or comes for no reason at all. */
    @Test
    void whatTheEndCutsOffOnTheSecondConnectionDoesNotCostTheFirst() throws Exception {
        long fifth = comesOnTwoConnections((side, source, preempt) -> {
            byte[] page = ScriptedSource.page("pc.ram", 5, 55);
            preempt.send(Arrays.copyOf(page, page.length / 2));
            sendPageOneAndTheEnd(source);
        });
        assertThat(fifth).isZero();
    }

    /** A page that was asked for there would never come, and who waits for it would wait for ever. */
    @Test
    void aSecondConnectionThatEndsBeforeTheFirstPausesIt() throws Exception {
        try (Side side = Side.waiting(PAGES).with(MigrationCapability.POSTCOPY_RAM,
                MigrationCapability.POSTCOPY_PREEMPT)) {
            IncomingMigration in = side.await(socket());
            try (var source = connect()) {
                source.send(ScriptedSource.head(PAGES));
                assertThat(source.heard()).isEqualTo("PONG 1");
                try (var preempt = connect()) {
                    source.send(ScriptedSource.discard("pc.ram", 0, PAGES)).send(ScriptedSource.packaged(devices));
                    assertThat(source.heard()).isEqualTo("PONG 3");
                    preempt.send(ScriptedSource.page("pc.ram", 5, 55));
                }
                Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
            }
            assertThat(in.errorDesc()).hasValue("the source's second connection has ended before the first");
            assertThat(side.guest.read(5)).isEqualTo(55);
            in.breakOff();
            in.join();
        }
    }
}
