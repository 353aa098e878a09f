package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.DiskSpace;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.HugePages;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresPython;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.ServerProcess;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Transport;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Guests in files with a fixed place for each page: ours for a stock QEMU, a stock QEMU's for us, and ours for ourselves. */
class MappedRamIT extends StockQemuTest {

    private static final long MIB = 1 << 20;
    private static final GuestOptions HELD = GuestOptions.held(192);

    /** Headers, bitmaps and device state of a small guest of ours, each part at its own multiple of 1 MiB. */
    private static final long FRAMING = 4 * MIB;

    private Path file = Path.of("");

    @BeforeEach
    void nameFile() {
        file = directory().resolve("snapshot");
    }

    @ParameterizedTest
    @ValueSource(strings = {"mapped-ram", "mapped-ram,multifd"})
    @RequiresQemu
    @RequiresBinutils
    void ofOursRunInAStockQemuWith(String capabilities) {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        Transport.UNIX.move(source, held, freshPath());
        awaitCompletion(source, held);

        save(held, "file:" + file);

        QemuProcess destination = waitingQemu("destination");
        destination.qmp().setCapabilities(capabilities.split(",", -1));
        destination.listen("file:" + file);
        destination.qmp().awaitMigration(COMPLETED);
        assertArrivedWhole(destination, source.ramDigest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"mapped-ram", "mapped-ram,multifd"})
    @RequiresQemu
    @RequiresBinutils
    void ofAStockQemuAreHeldAndGoOnOverAWireAndInAFileOfOursWhenSavedWith(String capabilities) {
        DaemonProcess held = daemon("held", HELD);
        QemuProcess source = runningQemu("source");
        source.qmp().setCapabilities(capabilities.split(",", -1));
        migrate(source, "file:" + file);
        source.qmp().awaitMigration(COMPLETED);
        String ram = source.ramDigest();

        load(held, "file:" + file);

        Path ours = directory().resolve("ours");
        save(held, "file:" + ours);
        QemuProcess fromFile = waitingQemu("from-file");
        load(fromFile, "file:" + ours);
        assertArrivedWhole(fromFile, ram);
        held.qmp().clearCapabilities("mapped-ram");
        QemuProcess overWire = waitingQemu("over-wire");
        Transport.UNIX.move(held, overWire, freshPath());
        awaitCompletion(held, overWire);
        assertArrivedWhole(overWire, ram);
    }

    @Test
    @RequiresQemu
    @RequiresBinutils
    void ofAnotherMachineAreRefusedByName() {
        QemuProcess source = runningQemu("source");
        save(source, "file:" + file);
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        destination.qmp().setCapabilities("mapped-ram");

        destination.listen("file:" + file);

        assertThat(destination.qmp().awaitMigration(FAILED).get("error-desc").asString()).contains("pc-i440fx-");
        assertThat(destination.qmp().runState()).isEqualTo("inmigrate");
    }

    @Test
    void holdAGuestThatWritesMeanwhile() throws IOException {
        DaemonProcess source = daemon("source", GuestOptions.workload());

        save(source, "file:" + file);

        assertThat(Files.size(file)).isBetween(128 * MIB, 128 * MIB + FRAMING);
        assertThat(loaded(GuestOptions.workload(), "file:" + file).verify()).isNotBlank();
    }

    @Test
    @RequiresKvm
    void holdAMachineThatRunsMeanwhile() {
        DaemonProcess source = daemon("source", GuestOptions.kvm());
        Heartbeat.awaitLines(source, 2);

        save(source, "file:" + file);

        DaemonProcess destination = loaded(GuestOptions.kvm(), "file:" + file);
        Heartbeat.awaitLines(destination, 2);
        List<Integer> numbers = Heartbeat.numbers(source, destination);
        assertThat(numbers).isEqualTo(Heartbeat.unbroken(numbers));
        assertThat(destination.verify()).isNotBlank();
    }

    /** Throttled, so that the guest writes each of its pages anew before they are saved. */
    @Test
    void doNotGrowHoweverOftenPagesChange() throws IOException {
        DaemonProcess source = daemon("source", GuestOptions.workload(64, "fill=32M,dirty=16M,rate=20000"));
        source.qmp().setParameter("max-bandwidth", 64 * MIB);
        source.qmp().setParameter("downtime-limit", 1);
        source.qmp().setCapabilities("mapped-ram");

        migrate(source, "file:" + file);
        Until.holds("the file got its pages twice",
                () -> source.qmp().queryMigrate().at("/ram/transferred").asLong(0) > 80 * MIB);
        source.qmp().setParameter("downtime-limit", 2000);
        source.qmp().setParameter("max-bandwidth", 0);

        JsonNode info = source.qmp().awaitMigration(COMPLETED);
        assertThat(info.at("/ram/dirty-sync-count").asLong()).isGreaterThan(3);
        assertThat(Files.size(file)).isBetween(64 * MIB, 64 * MIB + FRAMING);
        assertThat(DiskSpace.of(file)).isBetween(32 * MIB, 32 * MIB + FRAMING);
        assertThat(loaded(GuestOptions.workload(64, "fill=32M,dirty=16M,rate=20000"), "file:" + file).verify())
                .isNotBlank();
    }

    @Test
    void haveHolesForPagesThatAreNotInUse() throws IOException {
        GuestOptions sparse = GuestOptions.workload(1024, "fill=16M,dirty=0,rate=0");

        save(daemon("source", sparse), "file:" + file);

        assertThat(Files.size(file)).isGreaterThanOrEqualTo(1024 * MIB);
        assertThat(DiskSpace.of(file)).isBetween(16 * MIB, 16 * MIB + FRAMING);
        assertThat(loaded(sparse, "file:" + file).verify()).isNotBlank();
    }

    @Test
    void beginBehindAHeaderOfSomebodyElses() throws IOException {
        byte[] header = new byte[10_000];
        new Random(3).nextBytes(header);
        Files.write(file, header);
        String uri = "file:" + file + ",offset=10000";

        save(daemon("source", GuestOptions.workload()), uri);

        try (var in = Files.newInputStream(file)) {
            assertThat(in.readNBytes(header.length)).isEqualTo(header);
        }
        assertThat(loaded(GuestOptions.workload(), uri).verify()).isNotBlank();
    }

    @Test
    @RequiresPython
    void mayBeOpenedByAClient() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        source.qmp().setCapabilities("mapped-ram");
        source.executeWith(file, "w", "{'execute': 'add-fd', 'arguments': {'fdset-id': 7}}",
                "{'execute': 'migrate', 'arguments': {'uri': 'file:/dev/fdset/7'}}");
        source.qmp().awaitMigration(COMPLETED);

        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        destination.qmp().setCapabilities("mapped-ram");
        destination.executeWith(file, "r", "{'execute': 'add-fd', 'arguments': {'fdset-id': 8}}",
                "{'execute': 'migrate-incoming', 'arguments': {'uri': 'file:/dev/fdset/8'}}");
        destination.qmp().awaitMigration(COMPLETED);
        assertThat(destination.verify()).isNotBlank();
    }

    @ParameterizedTest
    @CsvSource({"anonymous, 'memfd,pagesize=2M'", "'memfd,pagesize=2M', anonymous"})
    @RequiresRoot
    void doNotDependOnThePageSizeOfRam(String saved, String loaded) throws IOException {
        closeAtEnd(HugePages.of(128));
        save(daemon("source", GuestOptions.workload().with("--ram", saved)), "file:" + file);

        assertThat(loaded(GuestOptions.workload().with("--ram", loaded), "file:" + file).verify()).isNotBlank();
    }

    @Test
    void areMadeByTheClientInOneGo() {
        DaemonProcess source = daemon("source", GuestOptions.workload());

        Programs.Result client = source.client("snapshot", file.toString());

        assertThat(client.output()).contains("Saved in " + file, "postmigrate");
        assertThat(client.status()).isZero();
        assertThat(loaded(GuestOptions.workload(), "file:" + file).verify()).isNotBlank();
    }

    private static void save(ServerProcess source, String uri) {
        source.qmp().setCapabilities("mapped-ram");
        migrate(source, uri);
        source.qmp().awaitMigration(COMPLETED);
    }

    private static void load(ServerProcess destination, String uri) {
        destination.qmp().setCapabilities("mapped-ram");
        destination.listen(uri);
        destination.qmp().awaitMigration(COMPLETED);
    }

    /** A daemon in which the guest of the file runs. */
    private DaemonProcess loaded(GuestOptions guest, String uri) {
        DaemonProcess destination = daemon("destination", guest.incoming());
        load(destination, uri);
        destination.qmp().awaitRunState("running");
        return destination;
    }
}
