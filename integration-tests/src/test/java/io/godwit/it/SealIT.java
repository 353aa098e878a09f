package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.ServerProcess;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Tree;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Files with a seal: what the daemons and the client make of them, and what a stock QEMU does beside them. */
class SealIT extends StockQemuTest {
    private static final GuestOptions HELD = GuestOptions.held(192);
    /** Within RAM that the guest has in use. */
    private static final int DAMAGED = 3 << 20;

    private static Programs.Result godwit(String... arguments) {
        String[] command = new String[arguments.length + 2];
        command[0] = Tree.launch().toString();
        command[1] = "godwit";
        System.arraycopy(arguments, 0, command, 2, arguments.length);
        return Programs.run(command);
    }

    private static void damage(Path file) throws IOException {
        try (var opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.seek(DAMAGED);
            int was = opened.read();
            opened.seek(DAMAGED);
            opened.write(was ^ 0x10);
        }
    }

    private static void transfer(ServerProcess source, Path file) {
        source.qmp().setCapabilities("mapped-ram");
        migrate(source, "file:" + file);
        source.qmp().awaitMigration(COMPLETED);
    }

    private static String load(ServerProcess destination, Path file, MigrationStatus end) {
        destination.qmp().setCapabilities("mapped-ram");
        destination.listen("file:" + file);
        return destination.qmp().awaitMigration(end).path("error-desc").asString("");
    }

    /** QEMU's file is sealed by the client, ours by the daemon; QEMU loads ours, and later overwrites it, its seal beside it. */
    @Test
    @RequiresQemu
    @RequiresBinutils
    void goAlongWithAStockQemu() throws IOException {
        QemuProcess source = runningQemu("source");
        Path theirs = directory().resolve("theirs");
        transfer(source, theirs);
        String ram = source.ramDigest();
        assertThat(godwit("seal", theirs.toString()).status()).isZero();

        DaemonProcess held = daemon("held", HELD);
        load(held, theirs, COMPLETED);
        Path ours = directory().resolve("ours");
        transfer(held, ours);
        assertThat(godwit("seal", ours.toString(), "--verify").output()).contains("seal ok, root ");
        assertThat(godwit("inspect", ours.toString(), "--verify").status()).isZero();
        QemuProcess destination = waitingQemu("destination");
        load(destination, ours, COMPLETED);
        assertArrivedWhole(destination, ram);

        transfer(destination, ours);
        DaemonProcess late = daemon("late", HELD);
        late.qmp().setCapabilities("mapped-ram");
        Programs.Result verdict = godwit("seal", ours.toString(), "--verify");
        assertThat(verdict.status()).isOne();
        assertThat(verdict.output()).contains("and sealed before, at");
        assertThat(godwit("seal", ours.toString()).status()).isZero();
        load(late, ours, COMPLETED);
    }

    @Test
    void keepADamagedFileFromBeingLoaded() throws IOException {
        Path file = directory().resolve("snapshot");
        DaemonProcess source = daemon("source", GuestOptions.workload());
        transfer(source, file);
        assertThat(source.log()).contains("is sealed, root ");
        damage(file);

        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        assertThat(load(destination, file, MigrationStatus.FAILED)).contains(
                "bytes 0x300000 to 0x30ffff (block 'pc.ram', bytes 0x200000 to 0x20ffff) do not match their seal");
        assertThat(destination.qmp().runState()).isEqualTo("inmigrate");
    }

    @Test
    void areNotMadeWhenSwitchedOff() {
        Path file = directory().resolve("snapshot");
        transfer(daemon("source", GuestOptions.workload().with("--seal", "off")), file);

        assertThat(file).exists();
        assertThat(directory().resolve("snapshot.seal")).doesNotExist();
        assertThat(godwit("seal", file.toString(), "--verify").output()).contains("unsealed");
    }

    @Test
    void ofAnotherLengthThanTheFileRefuseItAtOnce() throws IOException {
        Path file = directory().resolve("snapshot");
        transfer(daemon("source", GuestOptions.workload()), file);
        try (var opened = new RandomAccessFile(file.toFile(), "rw")) {
            opened.setLength(Files.size(file) - 1);
        }

        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        destination.qmp().setCapabilities("mapped-ram");
        assertThatThrownBy(() -> destination.listen("file:" + file)).isInstanceOf(QmpError.class)
                .hasMessageContaining("its seal is of");
    }
}
