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
            shell.awaitPrompt(PROMPT);
            shell.type("query-stat" + TAB + ENTER);
            shell.await("\"running\": true");
            shell.awaitPrompt(PROMPT);
            shell.type("migrate-set-cap" + TAB + "c" + TAB + TAB + "c" + TAB + "ev" + TAB);
            shell.await("capabilities.0.capability=events ");
            shell.type("c" + TAB + "0.s" + TAB + "t" + TAB + ENTER);
            shell.await("{}");
            shell.awaitPrompt(PROMPT);
            shell.type("help query-na" + TAB + ENTER);
            shell.await("  takes no arguments");
            shell.awaitPrompt(PROMPT);
            shell.type("warp speed=9" + ENTER);
            shell.await("CommandNotFound: The command warp has not been found");
            shell.awaitPrompt(PROMPT);
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
            shell.awaitPrompt(PROMPT);
            shell.type("query-na");
            shell.await("query-na");
            daemon.qmp().execute("stop");
            shell.await(" STOP");
            shell.type("me" + ENTER);
            shell.await("\"name\": \"vm\"");
            shell.awaitPrompt(PROMPT);
            shell.type(CTRL_D);

            assertThat(shell.status()).isZero();
        }
    }

    @Test
    void remembersLinesForTheUserAlone() throws IOException {
        try (DaemonProcess _ = daemon()) {
            try (TerminalSession first = shell("first")) {
                first.awaitPrompt(PROMPT);
                first.type("{\"execute\":" + ENTER);
                first.awaitPrompt("...> ");
                first.type("\"query-name\"}" + ENTER);
                first.await("\"name\": \"vm\"");
                first.awaitPrompt(PROMPT);
                first.type("query-kvm" + ENTER);
                first.await("\"present\":");
                first.awaitPrompt(PROMPT);
                first.type(CTRL_D);
                assertThat(first.status()).isZero();
            }
            try (TerminalSession second = shell("second")) {
                second.awaitPrompt(PROMPT);
                second.type(CTRL_P + CTRL_P + ENTER);
                second.await("\"name\": \"vm\"");
                second.awaitPrompt(PROMPT);
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
            shell.awaitPrompt(PROMPT);
            daemon.kill();

            assertThat(shell.status()).isEqualTo(1);
            assertThat(shell.shown()).contains("The monitor has closed the connection");
        }
        try (DaemonProcess _ = daemon(); TerminalSession shell = shell("another")) {
            shell.awaitPrompt(PROMPT);
            shell.type("quit" + ENTER);

            assertThat(shell.status()).isZero();
        }
    }
}
