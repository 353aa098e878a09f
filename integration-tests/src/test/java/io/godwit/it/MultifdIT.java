package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.ServerProcess;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Transport;
import io.godwit.it.fixture.Until;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several channels between a stock QEMU and us, in either direction, with all of its ways to send pages over them. */
@RequiresQemu
@RequiresBinutils
class MultifdIT extends StockQemuTest {

    private static final GuestOptions HELD = GuestOptions.held(192);

    /** From QEMU to us and on to another QEMU, all three told the same; we send zero pages as it does. */
    @ParameterizedTest
    @CsvSource({"1, multifd, none, UNIX", "16, multifd, none, TCP", "4, legacy, none, UNIX", "4, none, zlib, TCP",
            "16, legacy, zstd, UNIX"})
    void goesOnFromQemuToQemuOver(int channels, String zeroPages, String compression, Transport transport) {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        QemuProcess destination = waitingQemu("destination");
        useMultifd(channels, zeroPages, compression, source, held, destination);

        move(source, held, transport);
        move(held, destination, transport);

        assertArrivedWhole(destination, source.ramDigest());
    }

    /** There a round ends with every section, and nothing in the stream but its lack of another mark says so. */
    @Test
    void goesOnFromAMachineOfBefore8Point1ToAnother() {
        String machine = "pc-i440fx-8.0";
        QemuMachine old = QemuMachine.pc(guest()).with("-machine", machine + ",accel=tcg");
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = qemu("source", old);
        guest().awaitUse(source);
        QemuProcess destination = qemu("destination", old.incoming().paused());
        for (ServerProcess each : new ServerProcess[]{source, held, destination}) {
            each.qmp().setCapabilities("multifd");
            each.qmp().setParameter("multifd-channels", 4);
        }

        move(source, held, Transport.UNIX);
        assertThat(held.qmp().execute("x-godwit-query-held").get("machine-type").asString()).isEqualTo(machine);
        move(held, destination, Transport.UNIX);

        assertArrivedWhole(destination, source.ramDigest());
    }

    /**
     * It writes into its ring all the while: what a page held last is what counts. QEMU is told that nothing can be sent while
     * the guest stands still, so that it does not stop before it is let go.
     */
    @Test
    void comesFromAGuestThatIsSlowToConvergeWithAReturnPath() {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        QemuProcess destination = waitingQemu("destination");
        useMultifd(4, "multifd", "none", source, held, destination);
        source.qmp().setCapabilities("return-path");
        source.qmp().execute("migrate-set-parameters",
                Map.of("max-bandwidth", 256 << 20, "avail-switchover-bandwidth", 1000));

        Transport.UNIX.move(source, held, freshPath());
        Until.holds("the source has gone five times through its RAM",
                () -> source.qmp().queryMigrate().at("/ram/dirty-sync-count").asLong(0) > 4);
        source.qmp().setParameter("avail-switchover-bandwidth", 0);
        awaitCompletion(source, held);
        move(held, destination, Transport.UNIX);

        assertArrivedWhole(destination, source.ramDigest());
    }

    /** QEMU's file, loaded and saved by us, loaded by QEMU; each with channels and direct-io of its own. */
    @ParameterizedTest
    @CsvSource({"4, false, 3, false", "2, true, 4, true", "3, true, 2, false"})
    void filesGoFromQemuToUsAndBack(int theirs, boolean theirsDirect, int ours, boolean oursDirect) {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        QemuProcess destination = waitingQemu("destination");
        useFiles(theirs, theirsDirect, source, destination);
        useFiles(ours, oursDirect, held);
        Path came = freshPath();
        Path went = freshPath();

        migrate(source, "file:" + came);
        source.qmp().awaitMigration(COMPLETED);
        held.listen("file:" + came);
        held.qmp().awaitMigration(COMPLETED);
        migrate(held, "file:" + went);
        held.qmp().awaitMigration(COMPLETED);
        destination.listen("file:" + went);
        destination.qmp().awaitMigration(COMPLETED);

        assertArrivedWhole(destination, source.ramDigest());
    }

    @Test
    void isRefusedWhereRamIsAFile() {
        DaemonProcess held = daemon("held", HELD.with("--ram", "mapped-ram:" + freshPath()));
        held.qmp().setCapabilities("multifd");

        assertThatThrownBy(() -> held.listen(unixUri("never"))).isInstanceOf(QmpError.class)
                .hasMessage("RAM that is a file is written by one thread: switch multifd off at both sides");
        held.qmp().clearCapabilities("multifd");
        assertThat(held.listen(unixUri("now"))).isNotBlank();
    }

    private void move(ServerProcess source, ServerProcess destination, Transport transport) {
        transport.move(source, destination, freshPath());
        awaitCompletion(source, destination);
    }

    private static void useMultifd(int channels, String zeroPages, String compression, ServerProcess... all) {
        for (ServerProcess each : all) {
            each.qmp().setCapabilities("multifd");
            each.qmp().setParameter("multifd-channels", channels);
            each.qmp().setParameter("zero-page-detection", zeroPages);
            each.qmp().setParameter("multifd-compression", compression);
        }
    }

    private static void useFiles(int channels, boolean directIo, ServerProcess... all) {
        for (ServerProcess each : all) {
            each.qmp().setCapabilities("mapped-ram", "multifd");
            each.qmp().setParameter("multifd-channels", channels);
            each.qmp().setParameter("direct-io", directIo);
        }
    }
}
