package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.ReturnPathMessage;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest is given away before its memory: what the destination gets, in which order, and what becomes of it when it misbehaves. */
@Timeout(60)
final class PostcopySourceTest extends EngineTest {
    private static final int PAGES = 1000;
    private static final int ROM_PAGES = 70;

    /** A guest of two blocks, all of whose pages are filled, that goes over as soon as it can. */
    private static Side source(MigrationCapability... more) throws Exception {
        return Side.running(PAGES, ROM_PAGES).with(MigrationCapability.POSTCOPY_RAM, more);
    }

    /** Starts a migration of which nothing is precopied, up to the connection. */
    private OutgoingMigration startPostcopy(Side source) throws Exception {
        return source.migrate(socket(), OutgoingMigration::startPostcopy);
    }

    private static void assertGivenAway(Side source, MigrationStatus status, OutgoingMigration out) {
        assertThat(out.state().status()).isEqualTo(status);
        assertThat(source.guest.isRunning()).isFalse();
        assertThat(source.run.state()).isNotEqualTo(RunState.RUNNING);
    }

    private static void assertEverythingCameOnce(ScriptedDestination target) {
        assertThat(target.twice).isEmpty();
        assertThat(target.pagesOf("pc.ram")).isEqualTo(filled(PAGES, 1));
        assertThat(target.pagesOf("rom1")).isEqualTo(filled(ROM_PAGES, PAGES + 1));
    }

    private static Map<Long, Long> filled(int pages, long first) {
        Map<Long, Long> expected = new TreeMap<>();
        for (long page = 0; page < pages; page++) {
            expected.put(page, first + page);
        }
        return expected;
    }

    @Test
    void givesTheGuestAwayFirstAndItsMemoryAfterwards() throws Exception {
        try (Side source = source(); var server = ScriptedDestination.listen(socket().path())) {
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                assertThat(target.order).containsExactly("CONFIGURATION", "OpenReturnPath[]", "PING 1",
                        "PostcopyAdvise[pageSizes=4096, targetPageSize=4096]", "START", "DISCARD pc.ram",
                        "DISCARD rom1", "PING 4", "PING 2", "PACKAGED LISTEN ... RUN");
                assertThat(target.pages.values()).allMatch(TreeMap::isEmpty);
                target.order.clear();
                target.readToTheEnd();
                assertThat(target.order).containsExactly("PART", "END", "EOF");
                assertEverythingCameOnce(target);
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
            }
            assertThat(source.told).containsExactly("setup", "PASS 1", "active", "STOP", "device", "PASS 2",
                    "postcopy-active", "completed");
            assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
            assertThat(source.guest.isLogging()).isFalse();
            assertThat(out.counters().normalPages()).isEqualTo(PAGES + ROM_PAGES);
            assertThat(out.counters().postcopyBytes()).isGreaterThan((long) (PAGES + ROM_PAGES) * RamBlock.PAGE_SIZE);
            assertThat(out.counters().remainingPages()).isZero();
        }
    }

    /** What is discarded while the guest still runs costs it no time; what it writes meanwhile is discarded when it stands. */
    @Test
    void whatWasPrecopiedAndNotWrittenSinceIsNeitherDiscardedNorSentAgain() throws Exception {
        try (Side source = source(MigrationCapability.PAUSE_BEFORE_SWITCHOVER);
                var server = ScriptedDestination.listen(socket().path())) {
            OutgoingMigration[] migration = new OutgoingMigration[1];
            source.guest.beforeTakeDirty = () -> {
                if (source.guest.isRunning()) { // the first pass is over
                    source.guest.write(5, 5000);
                    source.guest.write(998, 0);
                    migration[0].startPostcopy();
                }
            };
            OutgoingMigration out = source.migrate(socket(), started -> migration[0] = started);
            try (var target = ScriptedDestination.accept(server)) {
                for (var type = target.open(); !target.order.contains("DISCARD rom1"); type = target.nextType()) {
                    target.take(type);
                }
                source.guest.write(7, 7000); // it waits for the answer to what comes next
                target.take(SectionType.COMMAND);
                Eventually.status(out.state(), MigrationStatus.PRE_SWITCHOVER);
                out.continueFrom(MigrationStatus.PRE_SWITCHOVER);
                target.readOnToThePackage();
                assertThat(target.order).containsSubsequence("START", "PART", "DISCARD pc.ram", "DISCARD rom1",
                        "PING 4", "DISCARD pc.ram", "PING 2", "PACKAGED LISTEN ... RUN");
                assertThat(target.pagesOf("pc.ram")).hasSize(PAGES - 3).doesNotContainKeys(5L, 7L, 998L);
                target.readToTheEnd();
                assertThat(target.twice).isEmpty();
                assertThat(target.pagesOf("pc.ram")).hasSize(PAGES).containsEntry(5L, 5000L).containsEntry(7L, 7000L)
                        .containsEntry(998L, 0L);
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
            }
        }
    }

    @Test
    void answersWhatIsAskedForBeforeEverythingElseAndGoesOnNearby() throws Exception {
        try (Side source = source(); var server = ScriptedDestination.listen(socket().path())) {
            source.set("max-postcopy-bandwidth", 1);
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                target.request("pc.ram", 900, 1);
                target.readUntilThereIs("pc.ram", 900);
                assertThat(target.pagesOf("pc.ram").size()).as("pages sent at a byte a second").isLessThan(100);
                target.request("rom1", 3, 2);
                target.readUntilThereIs("rom1", 4);
                target.request("rom1", 3, 1); // it has come: no answer
                source.set("max-postcopy-bandwidth", 0);
                target.readSection();
                assertThat(target.pagesOf("rom1")).as("what follows the last request").containsKey(5L);
                target.readToTheEnd();
                assertEverythingCameOnce(target);
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
                assertThat(out.counters().postcopyRequests()).isEqualTo(3);
            }
        }
    }

    @Test
    void aPageThatWasNeverTouchedIsAnsweredWhenAskedForAndNotSentOtherwise() throws Exception {
        try (Side source = Side.untouched(PAGES).with(MigrationCapability.POSTCOPY_RAM);
                var server = ScriptedDestination.listen(socket().path())) {
            source.set("max-postcopy-bandwidth", 1);
            source.guest.write(0, 1);
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                target.request("pc.ram", 700, 1);
                target.readUntilThereIs("pc.ram", 700);
                assertThat(target.pagesOf("pc.ram")).containsEntry(700L, 0L);
                source.set("max-postcopy-bandwidth", 0);
                target.readToTheEnd();
                assertThat(target.pagesOf("pc.ram").size()).isLessThan(PAGES);
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
            }
        }
    }

    /** The 64 KiB around what was asked for on the other connection come on the main one, which does not end before they have. */
    private static void assertFollows(ScriptedDestination target, String block, LongStream neighbours)
            throws IOException {
        long[] all = neighbours.toArray();
        target.readUntilThereIs(block, all[all.length - 1]);
        assertThat(target.pagesOf(block).keySet()).containsAll(LongStream.of(all).boxed().toList());
    }

    @Test
    void withPreemptSendsWhatIsAskedForOnAConnectionOfItsOwn() throws Exception {
        try (Side source = source(MigrationCapability.POSTCOPY_PREEMPT);
                var server = ScriptedDestination.listen(socket().path())) {
            source.set("max-postcopy-bandwidth", 1);
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                try (var preempt = target.acceptPreempt()) {
                    target.request("pc.ram", 900, 1);
                    assertThat(target.readPage(preempt)).isEqualTo(900);
                    assertFollows(target, "pc.ram", LongStream.range(896, 912));
                    target.request("rom1", 3, 2);
                    assertThat(target.readPage(preempt)).isEqualTo(3);
                    assertThat(target.readPage(preempt)).isEqualTo(4);
                    assertFollows(target, "rom1", LongStream.range(0, 16));
                    source.set("max-postcopy-bandwidth", 0);
                    target.readToTheEnd();
                    Eventually.status(out.state(), MigrationStatus.COMPLETED);
                }
                assertEverythingCameOnce(target);
            }
        }
    }

    /** Its last word may be on its way when somebody there still asks for a page, which is zero and of which it has no need any more. */
    @Test
    void withPreemptADestinationThatIsWholeMayCloseItsSecondConnectionFirst() throws Exception {
        try (Side source = Side.untouched(PAGES).with(MigrationCapability.POSTCOPY_RAM,
                MigrationCapability.POSTCOPY_PREEMPT);
                var server = ScriptedDestination.listen(socket().path())) {
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                var preempt = target.acceptPreempt();
                target.readEverything();
                preempt.close();
                target.request("pc.ram", 900, 1);
                Eventually.until("the source has tried to answer", () -> threads("postcopy-preempt") == 0);
                target.say(new ReturnPathMessage.Shut(0));
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
            }
        }
    }

    private static long threads(String name) {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals(name)).count();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            nowhere | 0          | 4096    | block 'nowhere', which is not there
            pc.ram  | 4096000    | 4096    | asks for 4096 bytes at 0x3e8000 of block 'pc.ram'
            pc.ram  | 4091904    | 8192    | asks for 8192 bytes at 0x3e7000
            pc.ram  | -4096      | 4096    | asks for 4096 bytes at 0xfffffffffffff000
            pc.ram  | 1          | 4096    | at 0x1 of block 'pc.ram', expected whole pages
            pc.ram  | 0          | 4097    | asks for 4097 bytes
            pc.ram  | 0          | 0       | asks for 0 bytes
            pc.ram  | 0          | -4096   | asks for 4294963200 bytes
            pc.ram  | 0          | 2101248 | at most 2097152,
            """)
    void pausesWhenItIsAskedForNonsense(String block, long start, int length, String said) throws Exception {
        try (Side source = source(); var server = ScriptedDestination.listen(socket().path())) {
            source.set("max-postcopy-bandwidth", 1);
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                target.say(new ReturnPathMessage.PageRequest(Optional.of(block), start, length));
                Eventually.status(out.state(), MigrationStatus.POSTCOPY_PAUSED);
                assertThat(out.state().errorDesc().orElseThrow()).contains(said);
                assertGivenAway(source, MigrationStatus.POSTCOPY_PAUSED, out);
            } finally {
                out.breakOff();
                out.join();
            }
            assertGivenAway(source, MigrationStatus.FAILED, out);
        }
    }

    @Test
    void pausesWhenItIsAskedForPagesOfNoBlockAtAll() throws Exception {
        assertPausesWhenTold(new ReturnPathMessage.PageRequest(Optional.empty(), 0, 4096),
                "before it has named a block");
    }

    @Test
    void pausesWhenTheDestinationSaysThatItFailed() throws Exception {
        assertPausesWhenTold(new ReturnPathMessage.Shut(1), "SHUT 1");
    }

    @Test
    void pausesWhenTheDestinationIsWholeBeforeEverythingWasSent() throws Exception {
        assertPausesWhenTold(new ReturnPathMessage.Shut(0), "pages still to come");
    }

    @Test
    void pausesWhenTheDestinationAnswersWhatItWasNotAsked() throws Exception {
        assertPausesWhenTold(new ReturnPathMessage.Received("pc.ram"), "which it was not asked for");
        assertPausesWhenTold(new ReturnPathMessage.ResumeAck(1), "RESUME_ACK 1, expected nothing of the kind");
    }

    private void assertPausesWhenTold(ReturnPathMessage message, String said) throws Exception {
        try (Side source = source();
                var server = ScriptedDestination.listen(dir.resolve("told-" + message.hashCode()))) {
            source.set("max-postcopy-bandwidth", 1);
            OutgoingMigration out = source.migrate(new Endpoint.Unix(dir.resolve("told-" + message.hashCode())),
                    OutgoingMigration::startPostcopy);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                target.say(message);
                Eventually.status(out.state(), MigrationStatus.POSTCOPY_PAUSED);
                assertThat(out.state().errorDesc().orElseThrow()).contains(said);
            } finally {
                out.breakOff();
                out.join();
            }
            assertGivenAway(source, MigrationStatus.FAILED, out);
        }
    }

    @Test
    void aDestinationThatAsksButDoesNotReadHoldsNobodyUp() throws Exception {
        try (Side source = source(); var server = ScriptedDestination.listen(socket().path())) {
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                Thread asking = Thread.ofPlatform().start(() -> askForEver(target));
                Eventually.until("more is asked than is read", () -> out.counters().postcopyRequests() > 1024);
                out.pause();
                asking.join();
                Eventually.status(out.state(), MigrationStatus.POSTCOPY_PAUSED);
                assertThat(out.state().errorDesc()).contains("Postcopy migration is paused by the user");
            } finally {
                out.breakOff();
                out.join();
            }
        }
    }

    private static void askForEver(ScriptedDestination target) {
        try {
            for (int page = 0;; page = (page + 1) % PAGES) {
                target.request("pc.ram", page, 1);
            }
        } catch (IOException e) {
            // The connection has been broken off.
        }
    }

    @Test
    void aRequestBeforeTheGuestWasGivenAwayCostsTheMigrationAndNotTheGuest() throws Exception {
        try (Side source = source(MigrationCapability.PAUSE_BEFORE_SWITCHOVER);
                var server = ScriptedDestination.listen(socket().path())) {
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.say(new ReturnPathMessage.Pong(1));
                target.say(new ReturnPathMessage.Pong(4));
                Eventually.status(out.state(), MigrationStatus.PRE_SWITCHOVER);
                target.request("pc.ram", 0, 1);
                out.continueFrom(MigrationStatus.PRE_SWITCHOVER);
                Eventually.status(out.state(), MigrationStatus.FAILED);
                assertThat(out.state().errorDesc().orElseThrow()).contains("which has not begun");
            }
            assertThat(source.guest.isRunning()).isTrue();
            assertThat(source.run.state()).isEqualTo(RunState.RUNNING);
        }
    }

    /** Up to the pong that says that everything before the package was loaded, the guest is here. */
    @ParameterizedTest
    @ValueSource(strings = {"CONFIGURATION", "PING 1", "START", "DISCARD pc.ram", "DISCARD rom1"})
    void takesTheGuestBackWhenTheDestinationDiesBefore(String last) throws Exception {
        try (Side source = source(); var server = ScriptedDestination.listen(socket().path())) {
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                var type = target.open();
                while (!target.order.contains(last)) {
                    target.take(type);
                    type = target.order.contains(last) ? type : target.nextType();
                }
            }
            Eventually.status(out.state(), MigrationStatus.FAILED);
            assertThat(source.guest.isRunning()).isTrue();
            assertThat(source.run.state()).isEqualTo(RunState.RUNNING);
        }
    }

    @Test
    void goesOnWhereverItIsResumedHoweverOften() throws Exception {
        try (Side source = source(); var server = ScriptedDestination.listen(socket().path())) {
            source.set("max-postcopy-bandwidth", 10_000_000);
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                for (int i = 0; i < 3; i++) {
                    target.request("pc.ram", 300L * i, 1);
                    target.readUntilThereIs("pc.ram", 300L * i);
                    target.hangUp(); // with pages under way, which are lost
                    Eventually.status(out.state(), MigrationStatus.POSTCOPY_PAUSED);
                    assertThat(source.guest.isRunning()).isFalse();
                    assertThatThrownBy(out::pause).isInstanceOf(Refused.class).hasMessageContaining("migrate-pause is");
                    out.resume(socket());
                    assertThat(out.state().errorDesc()).isEmpty();
                    assertThatThrownBy(() -> out.resume(socket())).isInstanceOf(Refused.class);
                    target.acceptRecovery();
                    target.readSection();
                    target.readSection();
                    target.readSection();
                    assertThat(target.order).containsExactly("RECV_BITMAP pc.ram", "RECV_BITMAP rom1", "RESUME");
                    Eventually.status(out.state(), MigrationStatus.POSTCOPY_ACTIVE);
                }
                source.set("max-postcopy-bandwidth", 0);
                target.readToTheEnd();
                assertEverythingCameOnce(target);
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
            }
            assertThat(source.told).containsSubsequence("postcopy-active", "postcopy-paused", "postcopy-recover-setup",
                    "postcopy-recover", "postcopy-active", "postcopy-paused", "completed");
        }
    }

    @Test
    void isPausedAgainWhenTheRecoveryIsCut() throws Exception {
        try (Side source = source(MigrationCapability.POSTCOPY_PREEMPT);
                var server = ScriptedDestination.listen(socket().path())) {
            source.set("max-postcopy-bandwidth", 1);
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                target.acceptPreempt().close();
                target.hangUp();
                Eventually.status(out.state(), MigrationStatus.POSTCOPY_PAUSED);

                out.resume(new Endpoint.Unix(dir.resolve("nobody")));
                Eventually.status(out.state(), MigrationStatus.POSTCOPY_PAUSED);
                assertThat(out.state().errorDesc().orElseThrow()).contains("No such file or directory");

                for (int sections = 0; sections < 3; sections++) {
                    out.resume(socket());
                    target.acceptRecovery();
                    for (int i = 0; i < sections; i++) {
                        target.readSection();
                    }
                    Eventually.status(out.state(), MigrationStatus.POSTCOPY_RECOVER);
                    target.hangUp();
                    if (sections == 2) {
                        target.acceptPreempt().close();
                    }
                    Eventually.status(out.state(), MigrationStatus.POSTCOPY_PAUSED);
                }

                source.set("max-postcopy-bandwidth", 0);
                var preempt = new CompletableFuture<ScriptedDestination.Wire>();
                out.resume(socket(), () -> preempt.complete(target.acceptPreempt()));
                target.acceptRecovery();
                target.readSection();
                target.readSection();
                target.readSection();
                assertThat(preempt).as("accepted before RESUME was sent").isCompleted();
                target.readToTheEnd();
                assertThat(target.order).startsWith("RECV_BITMAP pc.ram", "RECV_BITMAP rom1", "RESUME", "PING 5");
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
                preempt.join().close();
                assertEverythingCameOnce(target);
            }
        }
    }

    @Test
    void cannotBeCancelledAnyMore() throws Exception {
        try (Side source = source(); var server = ScriptedDestination.listen(socket().path())) {
            source.set("max-postcopy-bandwidth", 1);
            OutgoingMigration out = startPostcopy(source);
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                Eventually.status(out.state(), MigrationStatus.POSTCOPY_ACTIVE);
                out.cancel();
                assertGivenAway(source, MigrationStatus.POSTCOPY_ACTIVE, out);
                assertThatThrownBy(source.run::cont).isInstanceOf(Refused.class);
                source.set("max-postcopy-bandwidth", 0);
                target.readToTheEnd();
                Eventually.status(out.state(), MigrationStatus.COMPLETED);
            }
        }
    }
}
