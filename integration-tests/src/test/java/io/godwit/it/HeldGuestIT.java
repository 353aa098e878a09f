package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresPython;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.SelfCheckingGuest;
import io.godwit.it.fixture.ServerProcess;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Transport;
import io.godwit.it.fixture.Until;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** What a stock QEMU sends is held without being understood, and other QEMUs run on from it, as often as one likes. */
@RequiresQemu
@RequiresBinutils
class HeldGuestIT extends StockQemuTest {

    private static final GuestOptions HELD = GuestOptions.held(192);
    private static final int REPLACEMENTS = 10;
    private static final int JVM_OWN_MAPPINGS = 24;
    private static final long SLOW = 16 << 20;
    private static final long PAGES_THAT_CHANGE = 256;
    private static final long SOME_PROGRESS = 4 << 20;

    @ParameterizedTest
    @EnumSource
    @RequiresPython
    void goesOnFromQemuToQemuOver(Transport transport) {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");

        move(source, held, transport);

        assertGoesOnInQemu(held, source.ramDigest(), transport);
    }

    @Test
    void goesOnAsOftenAsItIsSent() {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        move(source, held, Transport.UNIX);
        String ram = source.ramDigest();

        assertGoesOnInQemu(held, ram, Transport.TCP);
        held.qmp().setCapabilities("return-path");
        assertGoesOnInQemu(held, ram, Transport.UNIX);
        assertGoesOnInQemu(held, ram, Transport.TCP);
    }

    @Test
    void comesFromASourceThatWantsToHearHowItWent() {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        source.qmp().setCapabilities("return-path");

        move(source, held, Transport.TCP);

        assertGoesOnInQemu(held, source.ramDigest(), Transport.TCP);
    }

    @Test
    void comesFromASourceThatSendsDeltas() {
        SelfCheckingGuest small = SelfCheckingGuest.assemble(directory(), 8);
        QemuProcess source = qemu("source", QemuMachine.pc(small));
        small.awaitUse(source);
        DaemonProcess held = daemon("held", HELD);
        source.qmp().setCapabilities("xbzrle");
        // So slow that what the guest changes in the second pass it changes again meanwhile: the third one has deltas. And as if
        // nothing could be sent while the guest stands still, so that it does not stop before it is let go.
        source.qmp().execute("migrate-set-parameters", Map.of("xbzrle-cache-size", 128 << 20, "max-bandwidth", 8 << 20,
                "downtime-limit", 1000, "avail-switchover-bandwidth", 1000));

        Transport.UNIX.move(source, held, freshPath());
        Until.holds("the source sent deltas", () -> deltas(source) > PAGES_THAT_CHANGE
                || source.qmp().migrationStatus() == COMPLETED);
        source.qmp().setParameter("avail-switchover-bandwidth", 0);
        awaitCompletion(source, held);

        assertThat(deltas(source)).isGreaterThan(PAGES_THAT_CHANGE / 2);
        QemuProcess destination = waitingQemu("destination");
        move(held, destination, Transport.UNIX);
        assertThat(destination.ramDigest()).isEqualTo(source.ramDigest());
        destination.qmp().execute("cont");
        small.assertGoesOnUnharmed(destination);
    }

    @Test
    void comesAsABackgroundSnapshotWhileItsSourceRunsOn() {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        source.qmp().setCapabilities("background-snapshot");
        long turnsBefore = SelfCheckingGuest.turns(source);

        move(source, held, Transport.UNIX);

        long turnsAfter = SelfCheckingGuest.turns(source);
        assertThat(source.qmp().runState()).isEqualTo("running");
        guest().assertGoesOnUnharmed(source);
        QemuProcess destination = waitingQemu("destination");
        move(held, destination, Transport.UNIX);
        assertThat(SelfCheckingGuest.turns(destination)).isStrictlyBetween(turnsBefore, turnsAfter);
        destination.qmp().execute("cont");
        guest().assertGoesOnUnharmed(destination);
    }

    /** Nothing moves, so that a background snapshot can be compared byte for byte, too. */
    @ParameterizedTest
    @ValueSource(strings = {"return-path", "background-snapshot"})
    void arrivesPausedWhenItWasPausedAtASourceWith(String capability) {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        source.qmp().execute("stop");
        source.qmp().setCapabilities(capability);

        move(source, held, Transport.UNIX);

        assertThat(queryHeld(held).get("run-state").asString()).isEqualTo("paused");
        QemuProcess destination = qemu("destination", QemuMachine.pc(guest()).incoming());
        move(held, destination, Transport.UNIX);
        destination.qmp().awaitRunState("paused");
        assertArrivedWhole(destination, source.ramDigest());
    }

    @Test
    void showsOfWhatItConsists() {
        QemuProcess source = qemu("source", QemuMachine.q35(guest()));
        guest().awaitUse(source);
        DaemonProcess held = daemon("held", HELD);

        move(source, held, Transport.UNIX);

        JsonNode info = queryHeld(held);
        assertThat(info.get("machine-type").asString()).startsWith("pc-q35-");
        assertThat(info.get("run-state").asString()).isEqualTo("running");
        assertThat(info.get("ram")).isEqualTo(source.qmp().queryMigrate().at("/ram/total"));
        assertThat(info.get("blocks").valueStream().mapToLong(block -> block.get("size").asLong()).sum())
                .isEqualTo(info.get("ram").asLong());
        assertThat(info.findValuesAsString("name")).contains("pc.ram", "0000:00:01.0/vga.vram",
                "0000:00:02.0/e1000.rom", "/rom@etc/acpi/tables", "timer", "cpu", "0000:00:02.0/e1000",
                "0000:00:03.0/virtio-rng", "globalstate");
        JsonNode ram = info.get("blocks").valueStream().filter(block -> block.get("name").asString().equals("pc.ram"))
                .findFirst().orElseThrow();
        assertThat(ram.get("size").asLong()).isEqualTo(128L << 20);
        assertThat(ram.get("present-pages").asInt()).isBetween(guest().patternPages(), guest().patternPages() * 2);
    }

    @Test
    void waitsThenStandsStillThenHasBeenSentAndNeverRuns() {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        assertThat(held.qmp().runState()).isEqualTo("inmigrate");
        assertThat(held.qmp().queryMigrate().isEmpty()).isTrue();
        assertThatThrownBy(() -> queryHeld(held)).isInstanceOf(QmpError.class).hasMessage("Nothing is held yet");

        move(source, held, Transport.UNIX);
        assertThat(held.qmp().runState()).isEqualTo("paused");
        assertCannotRun(held);

        QemuProcess destination = qemu("destination", QemuMachine.pc(guest()).incoming());
        move(held, destination, Transport.UNIX);
        assertThat(held.qmp().queryMigrate().at("/ram/total")).isEqualTo(queryHeld(held).get("ram"));
        assertThat(held.qmp().runState()).isEqualTo("postmigrate");
        assertCannotRun(held);
        destination.qmp().awaitRunState("running");
        guest().assertGoesOnUnharmed(destination);
    }

    @Test
    void isRefusedWhenItLeavesItsRamBehindInAFile() {
        QemuProcess source = qemu("source", QemuMachine.pc(guest()).with("-object",
                "memory-backend-file,id=pc.ram,size=128M,share=on,mem-path=" + directory().resolve("ram"), "-machine",
                "memory-backend=pc.ram"));
        guest().awaitUse(source);
        source.qmp().setCapabilities("x-ignore-shared");
        DaemonProcess held = daemon("held", HELD);

        Transport.UNIX.move(source, held, freshPath());

        assertThat(held.qmp().awaitMigration(FAILED).get("error-desc").asString())
                .contains("x-ignore-shared", "at the source");
        assertHoldsNothing(held);
        held.qmp().setCapabilities("x-ignore-shared");
        assertThatThrownBy(() -> held.listen(unixUri("never"))).isInstanceOf(QmpError.class)
                .hasMessageContaining("x-ignore-shared");
    }

    @Test
    void isKeptWhenTheNextOneIsTooLargeAndReplacedByOneThatIsNot() {
        SelfCheckingGuest small = SelfCheckingGuest.assemble(directory(), 16);
        QemuProcess source = qemu("small", QemuMachine.pc(small, 64));
        small.awaitUse(source);
        DaemonProcess held = daemon("held", GuestOptions.held(100));
        move(source, held, Transport.UNIX);
        JsonNode before = queryHeld(held);
        QemuProcess large = qemu("large", QemuMachine.pc(small));
        small.awaitUse(large);

        Transport.UNIX.move(large, held, freshPath());

        assertThat(held.qmp().awaitMigration(FAILED).get("error-desc").asString())
                .contains(large.qmp().queryMigrate().at("/ram/total").asString(), Long.toString(100L << 20));
        assertThat(queryHeld(held)).isEqualTo(before);
        source.qmp().execute("cont");
        small.assertGoesOnUnharmed(source);
        move(source, held, Transport.UNIX);
        QemuProcess destination = qemu("destination", QemuMachine.pc(small, 64).incoming().paused());
        move(held, destination, Transport.UNIX);
        assertThat(destination.ramDigest()).isEqualTo(source.ramDigest());
    }

    @Test
    void comesFromAGodwitAndGoesToAnother() {
        assertGoesOnInGodwit(GuestOptions.workload());
    }

    @Test
    @RequiresKvm
    void comesFromAMachineOfAGodwitAndGoesToAnother() {
        assertGoesOnInGodwit(GuestOptions.kvm());
    }

    @Test
    void isStillHeldWhenTheSourceOfTheNextOneDies() {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        move(source, held, Transport.UNIX);

        sendFromASourceThatDies(held);

        assertThat(held.qmp().runState()).isEqualTo("paused");
        assertGoesOnInQemu(held, source.ramDigest(), Transport.UNIX);
    }

    @Test
    void isNobodyWhenItsSourceDiesAndIsTheNextOneThatArrives() {
        DaemonProcess held = daemon("held", HELD);

        sendFromASourceThatDies(held);

        assertHoldsNothing(held);
        QemuProcess source = runningQemu("source");
        move(source, held, Transport.UNIX);
        assertGoesOnInQemu(held, source.ramDigest(), Transport.UNIX);
    }

    private static long deltas(QemuProcess source) {
        return source.qmp().queryMigrate().at("/xbzrle-cache/pages").asLong(0);
    }

    @Test
    void takesNoMoreHoweverOftenItIsReplaced() {
        DaemonProcess held = daemon("held", HELD);
        DaemonProcess source = daemon("source", GuestOptions.workload());
        moveAndGoOn(source, held);
        moveAndGoOn(source, held);
        ProcessResources before = held.resources();
        int mappingsBefore = held.mappings();

        for (int round = 0; round < REPLACEMENTS; round++) {
            moveAndGoOn(source, held);
        }

        held.awaitNoMoreThan(before);
        assertThat(held.mappings()).isCloseTo(mappingsBefore, within(JVM_OWN_MAPPINGS));
    }

    private void moveAndGoOn(DaemonProcess source, DaemonProcess held) {
        move(source, held, Transport.UNIX);
        source.qmp().execute("cont");
    }

    private void sendFromASourceThatDies(DaemonProcess held) {
        QemuProcess doomed = runningQemu("doomed");
        doomed.qmp().setParameter("max-bandwidth", SLOW);
        Transport.UNIX.move(doomed, held, freshPath());
        Until.holds("some of the guest was sent",
                () -> doomed.qmp().queryMigrate().at("/ram/transferred").asLong(0) > SOME_PROGRESS);
        doomed.kill();
        assertThat(held.qmp().awaitMigration(FAILED).get("error-desc").asString()).contains("ends at byte");
    }

    private void move(ServerProcess source, ServerProcess destination, Transport transport) {
        transport.move(source, destination, freshPath());
        awaitCompletion(source, destination);
    }

    private void assertGoesOnInQemu(DaemonProcess held, String ramDigest, Transport transport) {
        QemuProcess destination = waitingQemu("destination");
        move(held, destination, transport);
        assertArrivedWhole(destination, ramDigest);
        destination.close();
    }

    private void assertGoesOnInGodwit(GuestOptions guest) {
        DaemonProcess held = daemon("held", HELD);
        DaemonProcess source = daemon("source", guest);
        DaemonProcess destination = daemon("destination", guest.incoming());
        source.qmp().setCapabilities("return-path");
        held.qmp().setCapabilities("return-path");

        move(source, held, Transport.UNIX);
        assertThat(queryHeld(held).get("machine-type")).isNotNull();
        move(held, destination, Transport.UNIX);

        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
    }

    private static JsonNode queryHeld(DaemonProcess held) {
        return held.qmp().execute("x-godwit-query-held");
    }

    private void assertHoldsNothing(DaemonProcess held) {
        assertThat(held.qmp().runState()).isEqualTo("inmigrate");
        assertThatThrownBy(() -> queryHeld(held)).isInstanceOf(QmpError.class).hasMessage("Nothing is held yet");
        assertThatThrownBy(() -> migrate(held, unixUri("nobody"))).isInstanceOf(QmpError.class);
    }

    private static void assertCannotRun(DaemonProcess held) {
        assertThatThrownBy(() -> held.qmp().execute("cont")).isInstanceOf(QmpError.class)
                .hasMessageContaining("--accel none");
        assertThat(held.qmp().eventNames()).doesNotContain("RESUME");
    }
}
