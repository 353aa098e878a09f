package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RestoreTest;
import io.godwit.it.fixture.SelfCheckingGuest;
import io.godwit.it.fixture.Tree;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** One command saves the guest of a stock QEMU, which runs on; another lets a second one run from what was saved. */
@RequiresQemu
@RequiresBinutils
class QemuSnapshotIT extends RestoreTest {

    private QemuProcess source() {
        QemuProcess source = qemu("source",
                QemuMachine.pc(guest()).with("-qmp", monitor("source") + ",server=on,wait=off"));
        guest().awaitUse(source);
        return source;
    }

    private Programs.Result snapshot(Path file) {
        return Programs.run(Tree.launch().toString(), "godwit", "snapshot", "--qmp", monitor("source"),
                file.toString());
    }

    @Test
    void savesAGuestThatRunsOnAndCanBeRestored() {
        Path file = directory().resolve("snapshot");
        QemuProcess source = source();
        long before = SelfCheckingGuest.turns(source);

        Programs.Result result = snapshot(file);

        long after = SelfCheckingGuest.turns(source);
        assertThat(result.output()).contains("Saved in " + file).contains("the guest stood still for");
        assertThat(result.status()).isZero();
        assertThat(source.qmp().runState()).isEqualTo("running");
        assertThat(source.qmp().execute("query-migrate-capabilities").toString())
                .contains("{\"state\":false,\"capability\":\"background-snapshot\"}");
        assertThat(Path.of(file + ".seal")).exists();
        guest().assertGoesOnUnharmed(source);

        DaemonProcess pager = pager("pager");
        QemuProcess destination = destination("destination", QemuMachine.pc(guest()).paused());
        awaitRestore(pager, begin(pager, file, destination, "linear"), "completed");
        assertThat(SelfCheckingGuest.turns(destination)).isStrictlyBetween(before, after);
        destination.qmp().execute("cont");
        guest().assertGoesOnUnharmed(destination);
    }

    @Test
    void leavesTheFileThatWasThereWhenTheQemuDies() throws Exception {
        Path file = Files.writeString(directory().resolve("snapshot"), "the one before");
        source().kill();

        Programs.Result result = snapshot(file);

        assertThat(result.status()).isOne();
        assertThat(result.output()).contains("Cannot connect to the monitor");
        assertThat(file).hasContent("the one before");
    }
}
