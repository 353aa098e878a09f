package io.godwit.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The daemon as a process: how it starts, what it leaves, how it ends. */
class DaemonLifeIT extends MigrationTest {

    @Test
    void keepsItsMonitorToItsOwner() throws IOException {
        DaemonProcess daemon = daemon("guest", GuestOptions.workload());
        daemon.qmp();

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(daemon.socket())))
                .isEqualTo("rw-------");
    }

    @Test
    void leavesNothingOfItsRehearsalBehind() {
        DaemonProcess daemon = daemon("guest", GuestOptions.workload().rehearsing());
        Until.holds("it rehearses", daemon::rehearses);
        DaemonProcess another = daemon("guest-2", GuestOptions.workload());
        daemon.qmp();
        another.qmp();

        daemon.awaitNoMoreThan(another.resources());
    }

    @Test
    void replacesASocketFileThatNobodyServes() {
        DaemonProcess first = daemon("guest", GuestOptions.workload());
        first.qmp();
        first.kill();
        assertThat(first.socket()).exists();

        assertThat(daemon("guest", GuestOptions.workload()).qmp().runState()).isEqualTo("running");
    }

    @Test
    void refusesASocketFileThatAnotherServes() {
        DaemonProcess first = daemon("guest", GuestOptions.workload());
        first.qmp();

        DaemonProcess second = daemon("guest", GuestOptions.workload());

        assertThat(second.awaitExit()).isEqualTo(1);
        assertThat(second.log()).contains(first.socket().toString());
        assertThat(first.qmp().runState()).isEqualTo("running");
    }

    @Test
    void answersEverythingToAClientThatHasNothingMoreToSay() throws IOException {
        DaemonProcess daemon = daemon("guest", GuestOptions.workload());
        daemon.qmp().close();
        try (var client = SocketChannel.open(UnixDomainSocketAddress.of(daemon.socket()))) {
            client.write(ByteBuffer.wrap("{'execute':'qmp_capabilities'}{'execute':'query-name'}".getBytes(UTF_8)));
            client.shutdownOutput();

            String answers = new String(Channels.newInputStream(client).readAllBytes(), UTF_8);

            assertThat(answers.split("\r\n", -1)).hasSize(4).endsWith("");
            assertThat(answers).contains("{\"name\": \"guest\"}");
        }
    }

    @Test
    void offersTheCommandsThatTheReferenceLists() throws IOException {
        String reference = Files.readString(Tree.root().resolve("packaging/docs/reference.md"));
        String list = reference.substring(reference.indexOf("Commands:"),
                reference.indexOf("Where we answer otherwise"));
        List<String> listed = Pattern.compile("`([a-z_-]+)`").matcher(list).results().map(match -> match.group(1))
                .toList();
        DaemonProcess daemon = daemon("guest", GuestOptions.workload());

        List<String> offered = daemon.qmp().execute("query-commands").valueStream()
                .map(command -> command.get("name").asString())
                .toList();

        assertThat(listed).containsExactlyInAnyOrderElementsOf(offered);
    }

    @Test
    void leavesNoFileWhenItQuits() {
        Path pidfile = directory().resolve("pid");
        DaemonProcess daemon = daemon("guest", GuestOptions.workload().with("--pidfile", pidfile.toString()));
        daemon.qmp();
        assertThat(pidfile).hasContent(Long.toString(daemon.pid()) + "\n");

        daemon.qmp().execute("quit");

        assertThat(daemon.awaitExit()).isZero();
        assertThat(daemon.qmp().eventNames()).endsWith("SHUTDOWN");
        assertThat(daemon.socket()).doesNotExist();
        assertThat(pidfile).doesNotExist();
    }

    @Test
    void saysInOneSentenceWhatIsWrongWithItsOptions() {
        DaemonProcess daemon = daemon("guest", GuestOptions.workload().with("--smp", "many"));

        assertThat(daemon.awaitExit()).isEqualTo(2);
        assertThat(daemon.log()).contains("many").doesNotContain("\tat ");
    }
}
