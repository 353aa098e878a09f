package io.godwit.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.client.ClientCommandLine.Invocation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code migrate --secure} says to which monitor, and in which order. */
class SecureMigrateTest {
    private static final String IDENTITY = "{\"execute\":\"x-godwit-tls-identity\"}";
    private static final String FORGET = "{\"execute\":\"x-godwit-tls-forget\"}";
    private static final String QUERY = "{\"execute\":\"query-migrate\"}";
    private static final String WAITS = """
            {"status": "setup", "socket-address": [{"type": "inet", "host": "127.0.0.1", "port": "4711"}]}""";
    private static final String COMPLETED = "{\"status\": \"completed\", \"total-time\": 5, \"downtime\": 1}";
    private static final String FAILED = "{\"status\": \"failed\", \"error-desc\": \"the wire broke\"}";

    @TempDir
    private Path directory;
    private FakeMonitor source;
    private FakeMonitor destination;
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void listen() throws IOException {
        source = new FakeMonitor(Files.createDirectory(directory.resolve("source")));
        destination = new FakeMonitor(Files.createDirectory(directory.resolve("destination")));
        source.on("x-godwit-tls-identity", "{\"fingerprint\": \"aa\"}").on("x-godwit-tls-forget", "{}");
        destination.on("x-godwit-tls-identity", "{\"fingerprint\": \"bb\"}").on("x-godwit-tls-forget", "{}")
                .on("migrate-incoming", "{}").on("query-migrate", WAITS);
    }

    @AfterEach
    void close() throws IOException {
        source.close();
        destination.close();
    }

    private int migrate(String uri, String... more) {
        source.start();
        destination.start();
        var words = new ArrayList<>(List.of("--socket", source.path().toString(), "migrate", uri, "--secure", "--to",
                destination.path().toString()));
        words.addAll(List.of(more));
        var run = (Invocation.Run) new ClientCommandLine("9", () -> {}).parse(words.toArray(String[]::new));
        return Godwit.run(run, new Terminal(new ByteArrayInputStream(new byte[0]),
                new PrintStream(out, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8),
                false, false));
    }

    private String complained() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void carriesTheFingerprintsAcrossAndTheAddressBack() {
        source.on("migrate", "{}").on("query-migrate", COMPLETED);

        assertThat(migrate("tcp:b.example:0", "--max-bytes", "1M")).isZero();

        assertThat(destination.requests()).containsExactly(IDENTITY,
                "{\"execute\":\"migrate-incoming\",\"arguments\":{\"uri\":\"tcp:b.example:0\",\"x-godwit-tls-peer\":\"aa\"}}",
                QUERY);
        assertThat(source.requests()).containsExactly(IDENTITY,
                "{\"execute\":\"migrate\",\"arguments\":{\"uri\":\"tcp:b.example:4711\",\"x-godwit-tls-peer\":\"bb\","
                        + "\"max-bytes\":1048576}}",
                QUERY);
    }

    @Test
    void letsTheDestinationListenElsewhereThanTheSourceFindsIt() {
        source.on("migrate", "{}").on("query-migrate", COMPLETED);

        assertThat(migrate("tcp:gate:22000", "--listen", "tcp:[::]:4444")).isZero();

        assertThat(destination.requests()).element(1).asString().contains("\"uri\":\"tcp:[::]:4444\"");
        assertThat(source.requests()).element(1).asString().contains("\"uri\":\"tcp:gate:22000\"");
    }

    @Test
    void leavesADestinationThatWaitsToBeToldAnewWhenTheMigrationFails() {
        source.on("migrate", "{}").on("query-migrate", FAILED);

        assertThat(migrate("unix:/wire")).isEqualTo(1);

        assertThat(destination.requests()).endsWith(FORGET);
        assertThat(out.toString(StandardCharsets.UTF_8)).contains("Migration failed: the wire broke");
    }

    @Test
    void leavesNothingAtEitherEndWhenTheSourceRefuses() {
        source.on("migrate", FakeMonitor.error("GenericError", "not now"));

        assertThat(migrate("unix:/wire")).isEqualTo(1);

        assertThat(complained()).isEqualTo("godwit: the source: not now\n");
        assertThat(source.requests()).endsWith(FORGET);
        assertThat(destination.requests()).endsWith(FORGET);
    }

    @Test
    void leavesNothingAtEitherEndWhenTheDestinationRefuses() {
        destination.on("migrate-incoming", FakeMonitor.error("GenericError", "'-incoming' was not specified"));

        assertThat(migrate("unix:/wire")).isEqualTo(1);

        assertThat(complained()).isEqualTo("godwit: the destination: '-incoming' was not specified\n");
        assertThat(source.requests()).containsExactly(IDENTITY, FORGET);
        assertThat(destination.requests()).endsWith(FORGET);
    }

    @Test
    void leavesNothingAtTheSourceWhenTheDestinationGoesAway() {
        destination.on("migrate-incoming", "hang up");

        assertThat(migrate("unix:/wire")).isEqualTo(1);

        assertThat(source.requests()).containsExactly(IDENTITY, FORGET);
    }

    /** A QEMU, or a Godwit before this one. */
    @Test
    void saysWhatIsMissingAtAnEndThatDoesNotKnowOfIt() {
        destination.on("x-godwit-tls-identity",
                FakeMonitor.error("CommandNotFound", "The command x-godwit-tls-identity has not been found"));

        assertThat(migrate("unix:/wire")).isEqualTo(1);

        assertThat(complained()).isEqualTo("godwit: the destination cannot be secured so, as a Godwit can that knows "
                + "'migrate --secure' and whose guest is not in a QEMU: The command x-godwit-tls-identity has not been "
                + "found\n");
        assertThat(source.requests()).containsExactly(IDENTITY, FORGET);
    }

    @Test
    void onlyStartsItWhenDetached() {
        source.on("migrate", "{}");

        assertThat(migrate("unix:/wire", "--detach")).isZero();

        assertThat(source.requests()).hasSize(2);
        assertThat(destination.requests()).hasSize(3);
    }
}
