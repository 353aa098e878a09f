package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RestoreTest;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Stock QEMUs have a saved guest's file for their memory, and write what they change to memory of their own. */
@RequiresQemu
@RequiresBinutils
class CloneIT extends RestoreTest {

    private QemuProcess clone(DaemonProcess pager, Path file, String name, QemuMachine machine) {
        JsonNode memory = pager.qmp().execute("x-godwit-query-saved", Map.of("file", file.toString()));
        QemuProcess clone = destination(name, machine.with("-object",
                "memory-backend-file,id=%s,size=%d,mem-path=%s,offset=%d,share=off,readonly=on,rom=off".formatted(
                        memory.get("block").asString(), memory.get("size").asLong(), file,
                        memory.get("offset").asLong()),
                "-machine", "memory-backend=" + memory.get("block").asString()));
        clone.qmp();
        String id = pager.qmp()
                .execute("x-godwit-restore", Map.of("file", file.toString(), "uri", unixUri(name + ".wire"),
                        "qmp", monitor(name), "mapped", true))
                .get("id").asString();
        JsonNode whole = awaitRestore(pager, id, "completed");
        assertThat(whole.at("/ram/transferred").asLong()).as("all but the main memory").isLessThan(40 << 20);
        return clone;
    }

    @Test
    void clonesAndClonesOfAClone() throws IOException {
        Path file = directory().resolve("snapshot");
        String ram = save(QemuMachine.pc(guest()), file).ramDigest();
        FileTime written = Files.getLastModifiedTime(file);
        DaemonProcess pager = pager("pager");

        QemuProcess still = clone(pager, file, "still", QemuMachine.pc(guest()).paused());
        QemuProcess other = clone(pager, file, "other", QemuMachine.pc(guest()));
        guest().assertGoesOnUnharmed(other);
        assertArrivedWhole(still, ram);

        Path second = directory().resolve("second");
        other.qmp().setCapabilities("mapped-ram");
        migrate(other, "file:" + second);
        other.qmp().awaitMigration(COMPLETED);
        String otherRam = other.ramDigest();
        assertArrivedWhole(clone(pager, second, "grandchild", QemuMachine.pc(guest()).paused()), otherRam);
        assertThat(Files.getLastModifiedTime(file)).isEqualTo(written);
    }

    @Test
    void oneCommandStartsACloneAndStopsItWhenItsFileIsWrittenTo() throws Exception {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        assertThat(pager.client("clone", file.toString()).output()).contains("memory-backend-file,id=pc.ram");
        pager.client("status"); // it listens
        var command = new ArrayList<>(List.of(Tree.launch().toString(), "godwit", "--socket", pager.socket().toString(),
                "clone", file.toString(), "--run", "--", "qemu-system-x86_64"));
        command.addAll(QemuMachine.pc(guest()).options());
        Path ours = directory().resolve("ours");
        command.addAll(List.of("-serial", "null", "-qmp", "unix:" + ours + ",server=on,wait=off"));
        Process client = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectOutput(directory().resolve("client.log").toFile()).start();
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

    private static Optional<QmpClient> connect(Path socket) {
        try {
            return Optional.of(QmpClient.connect(socket));
        } catch (IOException notYet) {
            return Optional.empty();
        }
    }
}
