package io.godwit.daemon.localhost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdaptedCommandTest {

    private static AdaptedCommand adapted(String line) throws UntakeableException {
        return AdaptedCommand.of(List.of(line.split(" ")), Path.of("/run/vm"), ".upgrade-2");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            qemu -m 1G -S -incoming defer -daemonize          | qemu -m 1G
            qemu --incoming unix:/x -loadvm s1 -smp 2         | qemu -smp 2
            qemu -qmp unix:q.sock,server=on,wait=off          | qemu -qmp unix:/run/vm/q.sock.upgrade-2,server=on,wait=off
            qemu -qmp unix:/a/q.upgrade-1,server,wait=off     | qemu -qmp unix:/a/q.upgrade-2,server,wait=off
            qemu -monitor unix:/other                         | qemu -monitor unix:/other
            qemu -vnc unix:/a/vnc                             | qemu -vnc unix:/a/vnc.upgrade-2
            qemu -vnc :1 -monitor tcp:h:1,server=on           | qemu -vnc :1 -monitor tcp:h:1,server=on
            qemu -pidfile pid                                 | qemu -pidfile /run/vm/pid.upgrade-2
            qemu -chardev socket,id=c,path=/a/s,server=on     | qemu -chardev socket,id=c,path=/a/s.upgrade-2,server=on
            qemu -chardev socket,id=c,path=/a/s               | qemu -chardev socket,id=c,path=/a/s
            qemu -chardev file,id=c,path=/a/f                 | qemu -chardev file,id=c,path=/a/f,append=on
            qemu -chardev file,id=c,path=/a/f,append=off      | qemu -chardev file,id=c,path=/a/f,append=off
            qemu -serial file:/a/b,c                          | qemu -chardev file,id=godwit-file-0,path=/a/b,,c,append=on -serial chardev:godwit-file-0
            qemu -drive if=none,id=fd0,file=/d -device floppy,drive=fd0 | qemu -drive if=none,id=fd0,file=/d -device floppy,drive=fd0
            """)
    void changesWhatTwoProcessesCannotHaveAtOnce(String running, String second) throws Exception {
        assertThat(String.join(" ", adapted(running).words())).isEqualTo(second);
    }

    @Test
    void saysWhatIsToBeRenamedWhenTheFirstHasGone() throws Exception {
        assertThat(adapted("qemu -qmp unix:q,server=on -pidfile /p.upgrade-1").names()).isEqualTo(Map.of(
                Path.of("/run/vm/q.upgrade-2"), Path.of("/run/vm/q"), Path.of("/p.upgrade-2"), Path.of("/p")));
    }

    @Test
    void hasAMonitorOfTheNameThatIsAskedFor() throws Exception {
        var there = adapted("qemu -qmp unix:/q,server=on").withMonitor(Path.of("/q"), ".upgrade-2");
        assertThat(there.words()).hasSize(3);
        assertThat(there.ownName(Path.of("/q"))).isEqualTo(Path.of("/q.upgrade-2"));
        var added = adapted("qemu -m 1G").withMonitor(Path.of("/a,b"), ".upgrade-2");
        assertThat(added.words()).endsWith("-qmp", "unix:/a,,b.upgrade-2,server=on,wait=off");
        assertThat(added.ownName(Path.of("/a,b"))).isEqualTo(Path.of("/a,b.upgrade-2"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"qemu -netdev tap,id=n,fd=24", "qemu -netdev tap,id=n,fds=3:4,vhostfds=5:6",
            "qemu -add-fd fd=3,set=1", "qemu -blockdev {\"driver\":\"file\",\"filename\":\"/dev/fdset/1\"}",
            "qemu -chardev socket,id=c,fd=7", "qemu -netdev {\"type\":\"tap\",\"fd\":\"24\"}", "qemu -m 1G -snapshot"})
    void refusesWhatIsTheRunningProcessesOwn(String line) {
        assertThatThrownBy(() -> adapted(line)).isInstanceOf(UntakeableException.class)
                .hasMessageMatching("'-.*' of the running QEMU cannot be taken over: .*");
    }

    @Test
    void namesWhatItRefuses() {
        assertThatThrownBy(() -> adapted("qemu -netdev tap,fd=24"))
                .hasMessageStartingWith(
                        "'-netdev tap,fd=24' of the running QEMU cannot be taken over: it names a descriptor");
    }

    @Test
    void countsItsUpgrades() {
        assertThat(AdaptedCommand.nextSuffix(List.of("qemu", "-qmp", "unix:/q"))).isEqualTo(".upgrade-1");
        assertThat(AdaptedCommand.nextSuffix(List.of("qemu", "-qmp", "unix:/q.upgrade-9,server", "/p.upgrade-8")))
                .isEqualTo(".upgrade-10");
    }

    @Test
    void leavesAGivenCommandAlone() throws Exception {
        assertThat(
                AdaptedCommand.given(List.of("qemu", "-S", "-qmp", "unix:/q,server=on", "-incoming", "defer")).words())
                .containsExactly("qemu", "-qmp", "unix:/q,server=on");
    }
}
