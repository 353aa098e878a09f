package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.RequiresLibvirt;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.Tree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A client that we did not write: libvirt manages a QEMU, and at the monitor that it speaks to is a daemon. libvirt's driver runs
 * within virsh, with all that it keeps in a directory of the test, whatever else of libvirt is on the host.
 */
@RequiresLibvirt
@RequiresQemu
@RequiresRoot
class LibvirtIT {
    @TempDir
    private Path directory;

    @AfterEach
    void nothingGoesOn() throws IOException {
        virsh("destroy vm"); // nothing to do unless the test has failed
    }

    @Test
    void libvirtStartsSavesSnapshotsAndRestoresAGuestBehindADaemon() throws IOException {
        Programs.Result disk = Programs.run("qemu-img", "create", "-q", "-f", "qcow2", file("disk"), "1M");
        assertThat(disk.status()).as(disk.output()).isZero();

        String said = virsh("define " + domain(), "start vm", "domstate vm",
                "suspend vm", "domstate vm", "resume vm",
                "save vm " + file("saved"), "domstate vm",
                "restore " + file("saved"), "domstate vm", "domjobinfo vm --completed",
                "snapshot-create-as vm one --memspec " + file("memory") + ",snapshot=external --diskspec vda,snapshot="
                        + "external,file=" + file("overlay"),
                "domstate vm", "domblklist vm",
                "qemu-monitor-command vm '{\"execute\":\"x-godwit-query-upgrade\"}'", "destroy vm");

        assertThat(said).doesNotContain("error:");
        assertThat(said.lines().filter(line -> line.matches("running|paused|shut off"))).containsExactly("running",
                "paused", "shut off", "running", "running");
        assertThat(said).containsPattern("Operation: +Save").containsPattern("vda +" + file("overlay"))
                .as("it is a godwitd that answers").contains("{\"return\":{\"status\":\"none\"}");
        assertThat(directory.resolve("saved")).isNotEmptyFile();
        assertThat(directory.resolve("memory")).isNotEmptyFile();
        assertThat(Files.readString(directory.resolve("godwitd.log")).lines()
                .filter(line -> line.contains("is the one of the QEMU behind")))
                .as("one at the start, one at the restore")
                .hasSize(2);
    }

    /** What virsh says to these commands. */
    private String virsh(String... commands) throws IOException {
        Files.writeString(Files.createDirectories(directory.resolve("libvirt/etc")).resolve("qemu.conf"), """
                security_driver = "none"
                user = "root"
                group = "root"
                cgroup_controllers = []
                namespaces = []
                stdio_handler = "file"
                remember_owner = 0
                """);
        return Programs.run("virsh", "-q", "-c", "qemu:///embed?root=" + file("libvirt"),
                String.join("; ", commands)).output();
    }

    private String domain() throws IOException {
        Path emulator = Files.writeString(directory.resolve("emulator"), "#!/bin/bash\n"
                + Stream.of(System.getenv("GODWIT_APP")).filter(app -> app != null)
                        .map(app -> "export GODWIT_APP=" + app + "\n").findFirst().orElse("")
                + String.join(" ", Arrays.asList("exec", Tree.script("qemu-behind-godwitd.sh").toString(),
                        Tree.launch().toString(), directory.toString(), "\"$@\"\n")));
        Files.setPosixFilePermissions(emulator, PosixFilePermissions.fromString("rwx------"));
        return Files.writeString(directory.resolve("vm.xml"), """
                <domain type='qemu'>
                  <name>vm</name>
                  <memory unit='MiB'>64</memory>
                  <vcpu>1</vcpu>
                  <os><type arch='x86_64' machine='pc'>hvm</type></os>
                  <devices>
                    <emulator>%s</emulator>
                    <disk type='file' device='disk'>
                      <driver name='qemu' type='qcow2'/>
                      <source file='%s'/>
                      <target dev='vda' bus='virtio'/>
                    </disk>
                    <controller type='usb' model='none'/>
                    <memballoon model='none'/>
                  </devices>
                </domain>
                """.formatted(emulator, file("disk"))).toString();
    }

    private String file(String name) {
        return directory.resolve(name).toString();
    }
}
