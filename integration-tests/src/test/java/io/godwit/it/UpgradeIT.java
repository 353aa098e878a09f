package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.Polling;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RestoreTest;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Another process takes a daemon's place, and neither its guest nor its clients notice more than that they are hung up on. */
class UpgradeIT extends RestoreTest {
    private static final int UPGRADES = 3;

    @Test
    @RequiresKvm
    @RequiresQemu
    @RequiresBinutils
    void threeTimesInARowUnderTwoGuestsAndARestore() {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess machine = daemon("machine", GuestOptions.kvm().with("--ram", "memfd", "--qmp", monitor("machine"),
                "--pidfile", directory().resolve("pid").toString(), "--restores", ledger().toString()));
        DaemonProcess workload = daemon("workload", GuestOptions.workload().with("--qmp", monitor("workload")));
        QemuProcess restored = destination("restored", QemuMachine.pc(guest()));
        String id = begin(machine, file, restored, "on-demand");
        restored.qmp().awaitRunState("running");
        workload.qmp();
        Heartbeat.awaitLines(machine, 2);

        try (var first = Polling.of(directory().resolve("machine.pager"));
                var second = Polling.of(directory().resolve("workload.pager"))) {
            for (int i = 0; i < UPGRADES; i++) {
                long pid = machine.pid();
                machine.upgrade();
                workload.upgrade();
                assertThat(machine.pid()).isNotEqualTo(pid);
                assertThat(directory().resolve("pid")).content().isEqualTo(machine.pid() + "\n");
                first.awaitAnswers(5);
                second.awaitAnswers(5);
                awaitRestore(machine, id, "postcopy-active");
            }
            assertThat(first.refusals()).isEmpty();
            assertThat(second.refusals()).isEmpty();
            assertThat(first.states()).containsExactly("running");
            assertThat(second.states()).containsExactly("running");
        }

        workload.qmp();
        ProcessResources last = workload.resources();
        workload.upgrade();
        workload.qmp();
        workload.awaitNoMoreThan(last);
        assertThat(machine.verify()).isNotBlank();
        assertThat(workload.verify()).isNotBlank();
        machine.qmp().execute("stop");
        List<Integer> numbers = Heartbeat.numbers(machine);
        assertThat(numbers).isEqualTo(Heartbeat.unbroken(numbers));
        machine.qmp().execute("x-godwit-restore-push", Map.of("id", id));
        awaitRestore(machine, id, "completed");
        guest().assertGoesOnUnharmed(restored);
    }

    /** The next process goes on with the connection itself. What a client does not read in time is dropped, as always. */
    @Test
    @RequiresKvm
    void aClientOfTheSerialPortKeepsItsConnection() throws IOException {
        Path serial = directory().resolve("com1");
        DaemonProcess daemon = daemon("daemon",
                new GuestOptions(List.of("--accel", "kvm", "-m", "128", "--serial", "unix:" + serial), false));
        daemon.qmp();
        try (var client = SocketChannel.open(UnixDomainSocketAddress.of(serial));
                var lines = new BufferedReader(Channels.newReader(client, StandardCharsets.US_ASCII))) {
            for (int i = 0; i < 2; i++) {
                assertThat(heartbeat(lines)).isPositive();
                daemon.upgrade();
                long there = Long.parseLong(daemon.verify().replaceFirst(".*progress ", ""));
                long number = heartbeat(lines);
                while (number <= there) { // said by the last process, and before
                    number = heartbeat(lines);
                }
            }
        }
        daemon.qmp().execute("quit");
        Until.holds("the socket is cleared away", () -> !Files.exists(serial));
    }

    /** The next whole line's number. */
    private static long heartbeat(BufferedReader lines) throws IOException {
        while (true) {
            String line = Objects.requireNonNull(lines.readLine(), "the line has ended");
            if (line.matches("godwit heartbeat \\d{8}")) {
                return Long.parseLong(line.substring(line.length() - 8));
            }
        }
    }

    @Test
    void whatClientsHaveSetOutlivesTheProcess() throws IOException, InterruptedException {
        int port = freePort();
        DaemonProcess daemon = daemon("daemon", GuestOptions.workload().with("--metrics", "127.0.0.1:" + port, "--uuid",
                "550e8400-e29b-41d4-a716-446655440000"));
        daemon.qmp().setCapabilities("postcopy-ram", "pause-before-switchover", "events");
        daemon.qmp().setParameter("downtime-limit", 123);
        daemon.qmp().setParameter("max-bandwidth", 4096);
        Object capabilities = daemon.qmp().execute("query-migrate-capabilities");
        Object parameters = daemon.qmp().execute("query-migrate-parameters");
        Path image = Files.writeString(directory().resolve("image"), "image");
        daemon.executeWith(image, "r", "{\"execute\":\"add-fd\",\"arguments\":{\"fdset-id\":7,\"opaque\":\"mine\"}}");
        daemon.qmp().execute("stop");

        assertThat(daemon.upgrade()).contains("the guest is paused");

        assertThat(daemon.qmp().execute("query-migrate-capabilities")).isEqualTo(capabilities);
        assertThat(daemon.qmp().execute("query-migrate-parameters")).isEqualTo(parameters);
        assertThat(daemon.qmp().execute("query-fdsets").at("/0/fdset-id").asLong()).isEqualTo(7);
        assertThat(daemon.qmp().execute("query-fdsets").at("/0/fds/0/opaque").asString()).isEqualTo("mine");
        assertThat(daemon.qmp().runState()).isEqualTo("paused");
        assertThat(healthz(port)).isEqualTo(200);
        daemon.qmp().execute("cont");
        assertThat(daemon.verify()).isNotBlank();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aGuestThatIsOnlyHeldIsHandedOver(boolean inFile) {
        GuestOptions guest = GuestOptions.workload();
        DaemonProcess source = daemon("source", guest);
        DaemonProcess keep = daemon("keep", inFile
                ? GuestOptions.held(256).with("--ram", "mapped-ram:" + directory().resolve("held"))
                : GuestOptions.held(256));
        assertThat(keep.upgrade()).as("nothing is held yet").contains("the guest is inmigrate");
        migrate(source, keep.listen(unixUri("in")));
        source.qmp().awaitMigration(COMPLETED);
        keep.qmp().awaitMigration(COMPLETED);

        keep.upgrade();

        DaemonProcess destination = daemon("destination", guest.incoming());
        migrate(keep, destination.listen(unixUri("out")));
        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    @RequiresQemu
    void aDaemonInFrontOfAQemuIsReplaced() {
        QemuProcess qemu = qemu("qemu", QemuMachine.pc(guest()).with("-qmp", monitor("qemu") + ",server=on,wait=off"));
        qemu.qmp();
        DaemonProcess proxy = daemon("proxy", new GuestOptions(List.of("--qemu", monitor("qemu")), false));
        assertThat(proxy.qmp().runState()).isEqualTo("running");

        assertThat(proxy.upgrade()).contains("the guest is running");

        assertThat(proxy.qmp().runState()).isEqualTo("running");
        proxy.qmp().execute("stop");
        assertThat(qemu.qmp().runState()).isEqualTo("paused");
    }

    /** Each is a program that is given the daemon's options. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            exit 3                                      | has ended with status 3
            exec LAUNCH godwitd --no-such-option "$@"   | Unknown option: '--no-such-option'
            exec LAUNCH godwitd "${@/128/64}"           | Size mismatch: pc.ram
            exec LAUNCH godwitd --metrics nowhere "$@"  | --metrics
            """)
    void whateverTheNewVersionCannotDoEverythingStaysWhereItIs(String program, String said) throws IOException {
        DaemonProcess daemon = daemon("daemon", GuestOptions.workload());
        long pid = daemon.pid();
        Path script = Files.writeString(directory().resolve("godwitd"),
                "#!/bin/bash\n" + program.replace("LAUNCH", Tree.launch().toString()) + "\n");
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));

        Programs.Result result = daemon.client("upgrade", "--to", script.toString());

        assertThat(result.status()).isNotZero();
        assertThat(result.output()).contains("Not upgraded, everything is as it was").contains(said);
        assertThat(daemon.qmp().runState()).isEqualTo("running");
        assertThat(daemon.verify()).isNotBlank();
        assertThat(daemon.pid()).isEqualTo(pid);
    }

    private static int healthz(int port) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            return client.send(HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/healthz")).build(),
                    HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }

    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }
}
