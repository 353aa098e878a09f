package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.RequiresPython;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The stream in a file: written by one daemon, read by another one later. */
class FileAndExecIT extends MigrationTest {

    @Test
    void savesToAFileThatLoads() throws IOException {
        Path file = directory().resolve("stream");

        save("file:" + file);

        assertThat(Files.readAllBytes(file)).startsWith('Q', 'E', 'V', 'M', 0, 0, 0, 3);
        assertThat(load("file:" + file).verify()).isNotBlank();
    }

    @Test
    void leavesWhatStandsBeforeTheOffset() throws IOException {
        Path file = directory().resolve("stream");
        Files.writeString(file, "a header of somebody else's, longer than the offset");

        save("file:" + file + ",offset=0x10");

        assertThat(Files.readAllBytes(file)).startsWith("a header of some".getBytes(StandardCharsets.US_ASCII));
        assertThat(load("file:" + file + ",offset=16").verify()).isNotBlank();
    }

    @Test
    void savesThroughACommandAndLoadsThroughAnother() {
        Path file = directory().resolve("stream.gz");

        save("exec:gzip -1 > " + file);

        // The command's end is not waited for, as in QEMU: the pipe is empty, gzip may still be writing.
        Until.holds("gzip finished its file", () -> isWholeGzip(file));
        assertThat(load("exec:gzip -dc " + file).verify()).isNotBlank();
    }

    @Test
    void givesAnExecChannelItsArgumentsUnchanged() {
        Path file = directory().resolve("stream");
        DaemonProcess source = daemon("source", GuestOptions.workload());
        Map<String, ?> address = Map.of("transport", "exec", "args",
                List.of("/bin/sh", "-c", "cat > \"$0\"", file.toString()));

        source.qmp().execute("migrate", Map.of("channels", List.of(Map.of("channel-type", "main", "addr", address))));

        long transferred = source.qmp().awaitMigration(COMPLETED).at("/ram/transferred").asLong();
        Until.holds("cat wrote all of the stream", () -> file.toFile().length() == transferred);
    }

    @Test
    @RequiresPython
    void savesToADescriptorThatAClientPassed() {
        Path file = directory().resolve("stream");
        DaemonProcess source = daemon("source", GuestOptions.workload());

        source.executeWith(file, "w", "{'execute': 'getfd', 'arguments': {'fdname': 'image'}}",
                "{'execute': 'migrate', 'arguments': {'uri': 'fd:image'}}");

        source.qmp().awaitMigration(COMPLETED);
        assertThat(load("file:" + file).verify()).isNotBlank();
    }

    private void save(String uri) {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        migrate(source, uri);
        source.qmp().awaitMigration(COMPLETED);
    }

    private DaemonProcess load(String uri) {
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        destination.listen(uri);
        destination.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitRunState("running");
        return destination;
    }

    private static boolean isWholeGzip(Path file) {
        try {
            return new ProcessBuilder("gzip", "-t", file.toString()).redirectErrorStream(true).start().waitFor() == 0;
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }
}
