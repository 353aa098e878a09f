package io.godwit.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.client.ClientCommandLine.Invocation;
import io.godwit.inspect.Conversion.Target;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that need no daemon: none of them is given a {@code --socket}. */
class FileCommandsTest {

    @TempDir
    private Path directory;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @ParameterizedTest
    @CsvSource({"inspect, 1", "seal, 1", "repair, 1", "convert, 1", "diff, 2"})
    void failsWhenThereIsNoSuchFile(String command, int status) {
        String file = directory.resolve("none").toString();
        boolean two = command.equals("diff") || command.equals("convert");

        assertThat(two ? godwit(command, file, file) : godwit(command, file)).isEqualTo(status);
        assertThat(err.toString(StandardCharsets.UTF_8))
                .isEqualTo("godwit: " + file + ": No such file or directory\n");
    }

    @Test
    void saysThatAnInputIsNoStreamAndFails() throws IOException {
        Path file = Files.writeString(directory.resolve("text"), "some text of no consequence");

        assertThat(godwit("inspect", file.toString())).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("DAMAGED      byte 0 (0x0): not a migration stream")
                .endsWith("  whole        no\n");
    }

    @Test
    void answersInJsonOnRequest() {
        assertThat(godwit("--json", "inspect", "-")).isEqualTo(1);
        var answer = Monitor.JSON.readTree(out.toString(StandardCharsets.UTF_8));
        assertThat(answer.path("whole").asBoolean(true)).isFalse();
        assertThat(answer.path("findings").path(0).path("kind").asString()).isEqualTo("truncated");
    }

    @Test
    void sealsAFileAndSaysWhenItIsNoLongerWhatItWas() throws IOException {
        Path file = Files.writeString(directory.resolve("capture"), "what somebody captured");
        assertThat(godwit("seal", file.toString(), "--verify")).isEqualTo(1);
        assertThat(godwit("seal", file.toString())).isZero();
        assertThat(godwit("seal", file.toString(), "--verify")).isZero();
        assertThat(out.toString(StandardCharsets.UTF_8)).matches(
                "(?s).*capture: unsealed\n(.*capture: seal ok, root [0-9a-f]{64}\n){2}");
        out.reset();
        assertThat(godwit("inspect", file.toString())).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).containsPattern(
                "\n  seal         not looked at \\(--verify does\\), root [0-9a-f]{64}\n");
        Files.writeString(file, "What somebody captured");
        out.reset();
        assertThat(godwit("seal", file.toString(), "--verify")).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains(
                "DAMAGED byte 0 (0x0): ", "bytes 0x0 to 0x15 do not match their seal: digest ");
        assertThat(godwit("inspect", file.toString(), "--verify")).isEqualTo(1);
        assertThat(godwit("diff", file.toString(), file.toString())).isEqualTo(2);
        assertThat(err.toString(StandardCharsets.UTF_8)).contains("do not match their seal");
    }

    @Test
    void readsItsOptions() {
        assertThat(parse("inspect", "f", "--offset", "4096", "--verify"))
                .isEqualTo(new Invocation.OnFiles(false, new InspectCommand("f", 4096, true)));
        assertThat(parse("seal", "f", "--verify"))
                .isEqualTo(new Invocation.OnFiles(false, new SealCommand(Path.of("f"), true)));
        assertThat(parse("repair", "f", "--output", "g"))
                .isEqualTo(new Invocation.OnFiles(false, new Repair(Path.of("f"), Optional.of(Path.of("g")))));
        assertThat(parse("convert", "f", "g")).isEqualTo(new Invocation.OnFiles(false,
                new Convert(Path.of("f"), Path.of("g"), Optional.empty(), 256L << 30)));
        assertThat(parse("convert", "f", "g", "--to", "stream", "-m", "512", "--json"))
                .isEqualTo(new Invocation.OnFiles(true,
                        new Convert(Path.of("f"), Path.of("g"), Optional.of(Target.STREAM), 512L << 20)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            inspect                   | Missing required parameter: 'FILE'
            inspect f --offset -1     | --offset is '-1', expected a number of bytes
            inspect - --offset 1      | --offset is for files, not for standard input
            diff f                    | Missing required parameter: 'OTHER'
            convert f g --to qcow2    | --to is 'qcow2', expected mapped-ram or stream
            convert f g -m 0          | -m is '0', expected a size such as 512M or 8G, in whole pages
            convert f g -m 1K         | -m is '1K', expected a size such as 512M or 8G, in whole pages
            convert f g -m 999999T    | -m is '999999T', expected a size such as 512M or 8G, in whole pages
            inspect f --socket s      | Unknown options: '--socket', 's'
            """)
    void refusesACommandLineItDoesNotUnderstand(String arguments, String sentence) {
        assertThat(parse(arguments.split(" "))).isEqualTo(new Invocation.Misused(sentence));
    }

    private int godwit(String... arguments) {
        var onFiles = (Invocation.OnFiles) parse(arguments);
        return Godwit.run(onFiles, new Terminal(new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
                onFiles.json(), false));
    }

    private static Invocation parse(String... arguments) {
        return new ClientCommandLine("9", () -> {}).parse(arguments);
    }
}
