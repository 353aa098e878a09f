package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.RequiresPython;
import io.godwit.it.fixture.TerminalSession;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** {@code godwit qmp} as a person has it, at a terminal. */
@RequiresPython
class QmpShellIT {
    private static final String PROMPT = "QMP> ";
    private static final String CTRL_D = "\u0004";
    private static final String CTRL_P = "\u0010";
    private static final String TAB = "\t";
    private static final String ENTER = "\r";

    @TempDir
    private Path directory;

    /** A daemon that has a monitor for the shell, and one for the test besides. */
    private DaemonProcess daemon() throws IOException {
        DaemonProcess daemon = DaemonProcess.start(directory, "vm",
                GuestOptions.workload().with("--qmp", "unix:" + directory.resolve("shell.qmp")));
        Until.holds("the shell's monitor is there", () -> Files.exists(directory.resolve("shell.qmp")));
        daemon.qmp();
        return daemon;
    }

    private TerminalSession shell(String screen) {
        return new TerminalSession(directory.resolve(screen), Map.of("XDG_STATE_HOME", directory.toString()),
                Tree.launch().toString(), "godwit", "--socket", directory.resolve("shell.qmp").toString(), "qmp");
    }

    @Test
    void completesFromTheSchemaAndLeavesByCtrlD() throws IOException {
        try (DaemonProcess daemon = daemon(); TerminalSession shell = shell("screen")) {
            shell.await(1, PROMPT);
            shell.type("query-stat" + TAB + ENTER);
            shell.await(1, "\"running\": true");
            shell.await(2, PROMPT);
            shell.type("migrate-set-cap" + TAB + "c" + TAB + TAB + "c" + TAB + "ev" + TAB);
            shell.await(1, "capabilities.0.capability=events ");
            shell.type("c" + TAB + "0.s" + TAB + "t" + TAB + ENTER);
            shell.await(1, "{}");
            shell.await(3, PROMPT);
            shell.type("help query-na" + TAB + ENTER);
            shell.await(1, "  takes no arguments");
            shell.await(4, PROMPT);
            shell.type("warp speed=9" + ENTER);
            shell.await(1, "CommandNotFound: The command warp has not been found");
            shell.type(CTRL_D);

            assertThat(shell.status()).isZero();
            assertThat(daemon.qmp().execute("query-migrate-capabilities").valueStream()
                    .filter(one -> one.path("capability").asString().equals("events")).map(one -> one.path("state"))
                    .map(JsonNode::asBoolean)).containsExactly(true);
        }
    }

    @Test
    void showsEventsAsTheyComeAndKeepsWhatIsBeingTyped() throws IOException {
        try (DaemonProcess daemon = daemon(); TerminalSession shell = shell("screen")) {
            shell.await(1, PROMPT);
            shell.type("query-na");
            shell.await(1, "query-na");
            daemon.qmp().execute("stop");
            shell.await(1, " STOP");
            shell.type("me" + ENTER);
            shell.await(1, "\"name\": \"vm\"");
            shell.type(CTRL_D);

            assertThat(shell.status()).isZero();
        }
    }

    @Test
    void remembersLinesForTheUserAlone() throws IOException {
        try (DaemonProcess _ = daemon()) {
            try (TerminalSession first = shell("first")) {
                first.await(1, PROMPT);
                first.type("{\"execute\":" + ENTER);
                first.await(1, "...> ");
                first.type("\"query-name\"}" + ENTER);
                first.await(1, "\"name\": \"vm\"");
                first.await(2, PROMPT);
                first.type("query-kvm" + ENTER);
                first.await(1, "\"present\":");
                first.type(CTRL_D);
                assertThat(first.status()).isZero();
            }
            try (TerminalSession second = shell("second")) {
                second.await(1, PROMPT);
                second.type(CTRL_P + CTRL_P + ENTER);
                second.await(1, "\"name\": \"vm\"");
                second.type(CTRL_D);
                assertThat(second.status()).isZero();
            }
        }
        Path history = directory.resolve("godwit/qmp-history");
        assertThat(Files.readString(history)).contains("query-kvm");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(history))).isEqualTo("rw-------");
    }

    @Test
    void endsWithTheDaemonAndSaysWhetherThatWasWanted() throws IOException {
        try (DaemonProcess daemon = daemon(); TerminalSession shell = shell("screen")) {
            shell.await(1, PROMPT);
            daemon.kill();

            assertThat(shell.status()).isEqualTo(1);
            assertThat(shell.shown()).contains("The monitor has closed the connection");
        }
        try (DaemonProcess _ = daemon(); TerminalSession shell = shell("another")) {
            shell.await(1, PROMPT);
            shell.type("quit" + ENTER);

            assertThat(shell.status()).isZero();
        }
    }
}
