package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.HugePages;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.RestoreTest;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Stock QEMUs have a saved guest's file for their memory, and write what they change to memory of their own. */
@RequiresQemu
@RequiresBinutils
class CloneIT extends RestoreTest {

    private static final long IN_THE_PATTERN = 20 << 20;

    private QemuProcess clone(DaemonProcess pager, Path file, String name, QemuMachine machine) {
        QemuProcess clone = mapped(pager, file, name, machine);
        JsonNode whole = awaitRestore(pager, feed(pager, file, clone), "completed");
        assertThat(whole.at("/ram/transferred").asLong()).as("all but the main memory").isLessThan(40 << 20);
        return clone;
    }

    private QemuProcess mapped(DaemonProcess pager, Path file, String name, QemuMachine machine) {
        JsonNode memory = pager.qmp().execute("x-godwit-query-saved", Map.of("file", file.toString()));
        return destination(name, machine.with("-object",
                "memory-backend-file,id=%s,size=%d,mem-path=%s,offset=%d,share=off,readonly=on,rom=off".formatted(
                        memory.get("block").asString(), memory.get("size").asLong(), file,
                        memory.get("offset").asLong()),
                "-machine", "memory-backend=" + memory.get("block").asString()));
    }

    private String feed(DaemonProcess pager, Path file, QemuProcess clone) {
        clone.qmp();
        return pager.qmp()
                .execute("x-godwit-restore", Map.of("file", file.toString(), "uri", unixUri(clone.name() + ".wire"),
                        "qmp", monitor(clone.name()), "mapped", true))
                .get("id").asString();
    }

    private QemuMachine machine(String kind) {
        return kind.equals("pc") ? QemuMachine.pc(guest()) : QemuMachine.q35(guest());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pc", "q35"})
    void clonesAndClonesOfAClone(String kind) throws IOException {
        Path file = directory().resolve("snapshot");
        String ram = save(machine(kind), file).ramDigest();
        FileTime written = Files.getLastModifiedTime(file);
        DaemonProcess pager = pager("pager");

        QemuProcess still = clone(pager, file, "still", machine(kind).paused());
        QemuProcess other = clone(pager, file, "other", machine(kind));
        guest().assertGoesOnUnharmed(other);
        assertArrivedWhole(still, ram);

        Path second = directory().resolve("second");
        other.qmp().setCapabilities("mapped-ram");
        migrate(other, "file:" + second);
        other.qmp().awaitMigration(COMPLETED);
        String otherRam = other.ramDigest();
        assertArrivedWhole(clone(pager, second, "grandchild", machine(kind).paused()), otherRam);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
    }

    @Test
    void aFileThatIsWrittenToStopsItsClonesAlsoUnderTheNextDaemon() throws IOException {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess first = pager("first");
        QemuProcess clone = clone(first, file, "clone", QemuMachine.pc(guest()));
        clone.qmp().awaitRunState("running");
        String id = first.qmp().execute("x-godwit-query-restores").get(0).get("id").asString();
        first.kill();
        DaemonProcess second = pager("second");
        Until.holds("the file is pinned", () -> restore(second, id).path("pinned").asBoolean(false));

        Files.setLastModifiedTime(file, FileTime.fromMillis(1));

        assertThat(awaitRestore(second, id, "failed").get("error-desc").asString())
                .contains("was written to while a clone had it for its memory");
        clone.qmp().awaitRunState("paused");
        assertThat(ledger()).content().doesNotContain("restore-");
    }

    @Test
    void aDamagedFileIsNotMapped() throws IOException {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        assertThat(Programs.run(Tree.launch().toString(), "godwit", "seal", file.toString()).status()).isZero();
        try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(IN_THE_PATTERN);
            int there = raw.read();
            raw.seek(IN_THE_PATTERN);
            raw.write(there ^ 1);
        }
        DaemonProcess pager = pager("pager");
        QemuProcess clone = mapped(pager, file, "clone", QemuMachine.pc(guest()));

        JsonNode failed = awaitRestore(pager, feed(pager, file, clone), "failed");

        assertThat(failed.get("error-desc").asString()).contains("do not match their seal");
        assertThat(clone.qmp().runState()).as("it waits for a guest still").isEqualTo("inmigrate");
    }

    @Test
    @RequiresRoot
    void aQemuWithMemoryOfItsOwnIsRestoredLazilyByTheSameCommand() throws Exception {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        pager.client("status"); // it listens
        Path ours = directory().resolve("ours");
        try (HugePages _ = HugePages.of(128)) {
            Process client = start(pager, file, QemuMachine.pc(guest()).with("-object",
                    "memory-backend-memfd,id=pc.ram,size=128M,share=on,hugetlb=on,hugetlbsize=2M", "-machine",
                    "memory-backend=pc.ram", "-serial", "null", "-qmp", "unix:" + ours + ",server=on,wait=off"));
            try (var qemu = Until.present("the QEMU has a monitor", () -> connect(ours))) {
                qemu.awaitMigration(COMPLETED);
                qemu.execute("quit");
                assertThat(client.waitFor()).isZero(); // it has the daemon's monitor until then
                JsonNode restore = pager.qmp().execute("x-godwit-query-restores").get(0);
                assertThat(restore.has("pinned")).isFalse();
                assertThat(restore.at("/ram/transferred").asLong()).isGreaterThan(48 << 20);
            } finally {
                client.destroyForcibly();
            }
        }
    }

    private Process start(DaemonProcess pager, Path file, QemuMachine machine) throws IOException {
        var command = new ArrayList<>(List.of(Tree.launch().toString(), "godwit", "--socket", pager.socket().toString(),
                "clone", file.toString(), "--run", "--", "qemu-system-x86_64"));
        command.addAll(machine.options());
        return new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(directory().resolve("client.log").toFile()).start();
    }

    @Test
    void oneCommandStartsACloneAndStopsItWhenItsFileIsWrittenTo() throws Exception {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        assertThat(pager.client("clone", file.toString()).output()).contains("memory-backend-file,id=pc.ram");
        pager.client("status"); // it listens
        Path ours = directory().resolve("ours");
        Process client = start(pager, file, QemuMachine.pc(guest()).with("-serial", "null", "-qmp",
                "unix:" + ours + ",server=on,wait=off"));
        try (var clone = Until.present("the clone has a monitor", () -> connect(ours))) {
            clone.awaitRunState("running");
            Files.setLastModifiedTime(file, FileTime.fromMillis(1));
            assertThat(client.waitFor()).isOne();
            assertThat(Files.readString(directory().resolve("client.log"))).contains("was written to while a clone");
            Until.holds("its parent has ended the clone it stopped", () -> clone.eventNames().contains("STOP"));
        } finally {
            client.destroyForcibly();
        }
    }
}
