package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.RequiresPython;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What systemd hears of a service that it watches, with a socket of the test's own in its place. */
@RequiresPython
class WatchdogIT {
    private static final Pattern MAIN = Pattern.compile("(?m)^(\\d+) MAINPID=(\\d+); WATCHDOG=1$");

    @TempDir
    private Path directory;

    private Path heard;
    private Path monitor;
    private Process systemd;
    private Process daemon;

    @BeforeEach
    void aServiceStarts() throws IOException {
        heard = directory.resolve("heard");
        monitor = directory.resolve("vm.qmp");
        Path socket = directory.resolve("notify");
        systemd = new ProcessBuilder("python3", Tree.script("notify-socket.py").toString(), socket.toString())
                .redirectErrorStream(true).redirectOutput(heard.toFile()).start();
        Until.holds("the socket is there", () -> Files.exists(socket));
        // The shell becomes the daemon, so the number is the daemon's, as systemd would have it.
        var service = new ProcessBuilder("sh", "-c", "WATCHDOG_PID=$$ exec \"$@\"", "sh", Tree.launch().toString(),
                "godwitd", "--name", "vm", "--accel", "none", "-m", "16", "--rehearse", "off", "--qmp",
                "unix:" + monitor).redirectErrorStream(true).redirectOutput(directory.resolve("log").toFile());
        service.environment().put("NOTIFY_SOCKET", socket.toString());
        service.environment().put("WATCHDOG_USEC", "200000");
        daemon = service.start();
    }

    @AfterEach
    void ends() {
        systemd.destroy();
        daemon.destroy();
    }

    @Test
    void hearsFromTheDaemonAndAfterAnUpgradeFromItsSuccessor() throws IOException {
        long pid = daemon.pid();
        Until.holds("the daemon is ready", () -> heard().contains(pid + " READY=1\n"));
        awaitSigns(pid, 3);

        Programs.require(Tree.launch().toString(), "godwit", "--socket", monitor.toString(), "upgrade");

        MatchResult handedOver = Until.present("another process is the main one",
                () -> MAIN.matcher(heard()).results().findFirst());
        assertThat(handedOver.group(1)).isEqualTo(Long.toString(pid));
        long successor = Long.parseLong(handedOver.group(2));
        assertThat(successor).isNotEqualTo(pid);
        awaitSigns(successor, 3);
        try (QmpClient client = QmpClient.connect(monitor)) {
            client.execute("quit");
        }
        Until.holds("the successor has ended", () -> ProcessHandle.of(successor).isEmpty());
    }

    private void awaitSigns(long pid, int times) {
        String sign = pid + " WATCHDOG=1";
        Until.holds("process " + pid + " told " + times + " times that it is there",
                () -> heard().lines().filter(sign::equals).count() >= times);
    }

    private String heard() {
        try {
            return Files.readString(heard);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
