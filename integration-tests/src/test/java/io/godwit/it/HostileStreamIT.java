package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.RequiresKvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** A destination that is fed nonsense says so and stays alive; its guest never runs on it. */
class HostileStreamIT extends MigrationTest {

    private static final String MAGIC = "5145564d";
    private static final GuestOptions SMALL = GuestOptions.workload(16, "fill=4M,dirty=0,rate=0");

    @ParameterizedTest(name = "{0}")
    @CsvSource({"nothing, ''", "half a magic, 5145", "another magic, 7f454c46020101000000",
            "another version, " + MAGIC + "00000063",
            "header only, " + MAGIC + "00000003", "unknown section, " + MAGIC + "00000003f9",
            "configuration of 4 GiB, " + MAGIC + "0000000307ffffffff",
            "configuration of -2 GiB, " + MAGIC + "000000030780000000",
            "section before any start, " + MAGIC + "000000030200000002"})
    void failsOn(String what, String hex) throws IOException {
        assertDestinationRefuses(HexFormat.of().parseHex(hex), what);
    }

    @Test
    void failsOnNoise() throws IOException {
        byte[] noise = new byte[1 << 20];
        new Random(7).nextBytes(noise);
        assertDestinationRefuses(noise, "noise");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.001, 0.5, 0.99})
    void failsOnAStreamThatEndsEarlyAt(double part) throws IOException {
        byte[] whole = goodStream();
        assertDestinationRefuses(Arrays.copyOf(whole, (int) (whole.length * part)), part + " of a stream");
    }

    /** A changed byte of a page's content is nobody's lie to find; one in the framing at the front must be found, or do no harm. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void survivesAStreamWithChangedFraming(long seed) throws IOException {
        byte[] stream = goodStream();
        var random = new Random(seed);
        for (int i = 0; i < 4; i++) {
            stream[8 + random.nextInt(200)] ^= (byte) (1 + random.nextInt(255));
        }
        DaemonProcess destination = receive(stream);
        destination.qmp().awaitMigration(FAILED, COMPLETED);
        assertThat(destination.isAlive()).isTrue();
    }

    @Test
    void failsOnRamOfAnotherSize() {
        failBetween(GuestOptions.workload(), GuestOptions.workload(192, "fill=64M,dirty=8M,rate=2000").incoming());
    }

    @Test
    @RequiresKvm
    void failsOnAGuestOfAnotherKind() {
        failBetween(GuestOptions.workload(), GuestOptions.kvm().incoming());
    }

    @Test
    void endsTheProcessWhenAskedToExitOnError() throws IOException {
        Path file = Files.write(directory().resolve("stream"), new byte[]{1, 2, 3});
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());

        destination.qmp().execute("migrate-incoming", Map.of("uri", "file:" + file));

        assertThat(destination.awaitExit()).isEqualTo(1);
        assertThat(destination.log()).isNotBlank();
    }

    private void failBetween(GuestOptions from, GuestOptions to) {
        DaemonProcess source = daemon("source", from);
        DaemonProcess destination = daemon("destination", to);
        source.qmp().setCapabilities("return-path");
        destination.qmp().setCapabilities("return-path");

        migrate(source, destination.listen(unixUri("wire")));

        JsonNode info = source.qmp().awaitMigration(FAILED, COMPLETED);
        assertThat(info.get("status").asString()).isEqualTo("failed");
        assertThat(info.path("error-desc").asString()).isNotBlank();
        assertThat(source.qmp().runState()).isEqualTo("running");
        assertThat(destination.qmp().awaitMigration(FAILED).path("error-desc").asString()).isNotBlank();
        assertThat(destination.qmp().runState()).isEqualTo("inmigrate");
    }

    private void assertDestinationRefuses(byte[] stream, String what) throws IOException {
        DaemonProcess destination = receive(stream);
        JsonNode info = destination.qmp().awaitMigration(FAILED, COMPLETED);
        assertThat(info.get("status").asString()).as(what).isEqualTo("failed");
        assertThat(info.path("error-desc").asString()).isNotBlank();
        assertThat(destination.qmp().runState()).isEqualTo("inmigrate");
    }

    private DaemonProcess receive(byte[] stream) throws IOException {
        Path file = Files.write(directory().resolve("bad-stream"), stream);
        DaemonProcess destination = daemon("destination", SMALL.incoming());
        destination.listen("file:" + file);
        return destination;
    }

    private byte[] goodStream() throws IOException {
        Path file = directory().resolve("good-stream");
        DaemonProcess source = daemon("source", SMALL);
        migrate(source, "file:" + file);
        source.qmp().awaitMigration(COMPLETED);
        source.close();
        return Files.readAllBytes(file);
    }
}
