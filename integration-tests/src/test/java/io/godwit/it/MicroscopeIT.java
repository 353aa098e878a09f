package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code godwit inspect}, {@code repair}, {@code convert} and {@code diff} on what a stock QEMU writes, and what it makes of theirs. */
@RequiresQemu
class MicroscopeIT {
    static final List<String> MACHINES = List.of("pc-i440fx-10.0", "pc-q35-10.0");
    private static final JsonMapper JSON = new JsonMapper();
    private static final int RAM_MIB = 128;

    @TempDir
    private Path directory;

    /** Every kind of file that QEMU 10 writes. */
    enum Kind {
        EXEC("precopy stream", ""),
        FILE("precopy stream", ""),
        XBZRLE("precopy stream", "xbzrle"),
        MAPPED("mapped-ram file", "mapped-ram"),
        MAPPED_MULTIFD("mapped-ram file", "mapped-ram multifd"),
        MAPPED_DIRECT("mapped-ram file", "mapped-ram multifd"),
        BACKGROUND("background snapshot", "background-snapshot"),
        MAPPED_BACKGROUND("mapped-ram file of a background snapshot", "mapped-ram background-snapshot");

        private final String form;
        private final String capabilities;

        Kind(String form, String capabilities) {
            this.form = form;
            this.capabilities = capabilities;
        }

        private List<String> capabilities() {
            return capabilities.isEmpty() ? List.of() : List.of(capabilities.split(" "));
        }

        private boolean isMapped() {
            return capabilities().contains("mapped-ram");
        }

        private String uri(Path file) {
            return this == EXEC ? "exec:cat > " + file : "file:" + file;
        }
    }

    static Stream<Arguments> everyKindOnEveryMachine() {
        return MACHINES.stream()
                .flatMap(machine -> Arrays.stream(Kind.values()).map(kind -> Arguments.of(machine, kind)));
    }

    @ParameterizedTest
    @MethodSource("everyKindOnEveryMachine")
    void accountsForEveryByteThatQemuWrites(String machine, Kind kind) throws IOException {
        Path file = save(machine, kind);
        boolean broken = kind == Kind.MAPPED_BACKGROUND;

        var seen = godwit(broken ? 1 : 0, "--json", "inspect", "--verify", file.toString());

        JsonNode report = JSON.readTree(seen);
        assertThat(report.path("accounted-for").asBoolean()).as(seen).isTrue();
        assertThat(report.path("end").asLong()).isEqualTo(Files.size(file));
        assertThat(report.path("form").asString()).isEqualTo(kind.form);
        assertThat(report.path("machine-type").asString()).isEqualTo(machine);
        assertThat(report.path("run-state").asString()).isEqualTo("running");
        assertThat(report.at("/blocks/0/name").asString()).isEqualTo("pc.ram");
        assertThat(report.at("/blocks/0/size").asLong()).isEqualTo((long) RAM_MIB << 20);
        assertThat(report.at("/device-state/devices").size()).isGreaterThan(20);
        assertThat(report.path("findings").valueStream().map(finding -> finding.path("kind").asString()))
                .isEqualTo(broken ? List.of("empty-bitmaps") : List.of());
        if (kind == Kind.XBZRLE) {
            assertThat(report.at("/blocks/0/xbzrle").asLong()).isPositive();
        }
        if (!kind.isMapped()) {
            assertThat(JSON.readTree(godwit(0, Redirect.from(file.toFile()), "inspect", "-", "--json")).path("blocks"))
                    .isEqualTo(report.path("blocks"));
        }
    }

    @ParameterizedTest
    @FieldSource("MACHINES")
    void repairsWhatABackgroundSnapshotLeavesSoThatQemuRunsIt(String machine) throws IOException {
        Path broken = save(machine, Kind.MAPPED_BACKGROUND);
        Path copy = directory.resolve("copy");

        godwit(0, "repair", broken.toString(), "--output", copy.toString());
        godwit(0, "repair", broken.toString());

        godwit(0, "diff", broken.toString(), copy.toString());
        runs(machine, broken);
        runs(machine, copy);
    }

    @ParameterizedTest
    @EnumSource(value = Kind.class, names = {"EXEC", "XBZRLE", "BACKGROUND"})
    void convertsThereAndBackWithoutADifference(Kind kind) throws IOException {
        String machine = MACHINES.getFirst();
        Path stream = save(machine, kind);
        Path mapped = directory.resolve("mapped");
        Path back = directory.resolve("back");

        godwit(0, "convert", stream.toString(), mapped.toString());
        godwit(0, "convert", mapped.toString(), back.toString());

        godwit(0, "inspect", mapped.toString());
        godwit(0, "diff", mapped.toString(), back.toString());
        godwit(kind == Kind.XBZRLE ? 2 : 0, "diff", stream.toString(), back.toString());
        runs(machine, mapped);
    }

    @ParameterizedTest
    @FieldSource("MACHINES")
    void findsWhatAGuestHasWrittenBetweenTwoSnapshots(String machine) throws IOException {
        var first = save(machine, Kind.MAPPED);
        Path second = directory.resolve("second");
        Files.move(first, second);

        assertThat(godwit(1, "diff", save(machine, Kind.MAPPED).toString(), second.toString()))
                .contains("RAM block pc.ram: ").contains("device timer, instance 0: byte ");
    }

    /** Has a QEMU whose guest counts save itself into a file. */
    private Path save(String machine, Kind kind) throws IOException {
        Path file = directory.resolve("saved");
        try (var qemu = Qemu.start(directory, "source", machine)) {
            Until.holds("the guest counts", () -> qemu.counter() > 0);
            qemu.qmp.setCapabilities(kind.capabilities().toArray(String[]::new));
            if (kind.capabilities().contains("multifd")) {
                qemu.qmp.setParameter("multifd-channels", 4);
            }
            if (kind == Kind.MAPPED_DIRECT) {
                qemu.qmp.setParameter("direct-io", true);
            }
            if (kind == Kind.XBZRLE) {
                // So slow that what the guest writes never fits into the downtime, and that it writes during every pass.
                qemu.qmp.setParameter("downtime-limit", 1);
                qemu.qmp.setParameter("max-bandwidth", 2 << 20);
            }
            qemu.qmp.execute("migrate", Map.of("uri", kind.uri(file)));
            if (kind == Kind.XBZRLE) {
                Until.holds("a delta was sent",
                        () -> qemu.qmp.queryMigrate().at("/xbzrle-cache/bytes").asLong(0) > 0);
                qemu.qmp.setParameter("downtime-limit", 300);
            }
            qemu.qmp.awaitMigration(MigrationStatus.COMPLETED, MigrationStatus.FAILED);
            assertThat(qemu.qmp.migrationStatus()).isEqualTo(MigrationStatus.COMPLETED);
            // What QEMU has given to cat is not yet what cat has written.
            Until.holds("cat has ended", () -> qemu.process.descendants().findAny().isEmpty());
        }
        return file;
    }

    /** Has a QEMU load a mapped-ram file, and waits until its guest counts on. */
    private void runs(String machine, Path file) throws IOException {
        try (var qemu = Qemu.start(directory, "loader", machine, "-incoming", "defer")) {
            qemu.qmp.setCapabilities("mapped-ram");
            qemu.qmp.execute("migrate-incoming", Map.of("uri", "file:" + file));
            qemu.qmp.awaitRunState("running");
            int loaded = qemu.counter();
            Until.holds("the guest counts on", () -> qemu.counter() != loaded);
        }
    }

    /** Runs the client, which has to end with this status, and gives what it printed. */
    private String godwit(int status, String... arguments) throws IOException {
        return godwit(status, Redirect.from(Path.of("/dev/null").toFile()), arguments);
    }

    private String godwit(int status, Redirect input, String... arguments) throws IOException {
        var command = new ArrayList<>(List.of(Tree.launch().toString(), "godwit"));
        command.addAll(List.of(arguments));
        Path printed = directory.resolve("printed");
        Process process = new ProcessBuilder(command).redirectInput(input).redirectErrorStream(true)
                .redirectOutput(printed.toFile()).start();
        assertThat(ends(process)).as("%s ends", command).isTrue();
        String text = Files.readString(printed);
        assertThat(process.exitValue()).as("%s: %s", command, text).isEqualTo(status);
        return text;
    }

    private static boolean ends(Process process) {
        try {
            return process.waitFor(Until.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        } finally {
            process.destroyForcibly();
        }
    }

    /**
     * A stock QEMU with a realistic set of devices, whose guest is one boot sector: it counts at 0x8000, and in each of the
     * 128 pages from 0x10000 on.
     */
    private record Qemu(Process process, QmpClient qmp) implements AutoCloseable {
        private static final int FLOPPY_BYTES = 1440 << 10;
        private static final byte[] COUNTS = HexFormat.ofDelimiter(" ").parseHex("fa " // cli
                + "31 c0 8e d8 " // xor ax, ax; mov ds, ax
                + "ff 06 00 80 " // again: inc word [0x8000]
                + "bb 00 10 " // mov bx, 0x1000
                + "8e c3 " // next: mov es, bx
                + "26 ff 06 00 00 " // inc word [es:0]
                + "81 c3 00 01 " // add bx, 0x100
                + "81 fb 00 90 " // cmp bx, 0x9000
                + "72 ef " // jb next
                + "eb e6"); // jmp again

        static Qemu start(Path directory, String name, String machine, String... options) throws IOException {
            byte[] floppy = Arrays.copyOf(COUNTS, FLOPPY_BYTES);
            floppy[510] = 0x55;
            floppy[511] = (byte) 0xaa;
            Path disk = Files.write(directory.resolve("floppy"), floppy);
            Path socket = directory.resolve(name + ".qmp");
            Files.deleteIfExists(socket);
            var command = new ArrayList<>(List.of("qemu-system-x86_64", "-machine", machine + ",accel=tcg", "-m",
                    String.valueOf(RAM_MIB), "-nodefaults", "-display", "none", "-vga", "std", "-device", "e1000",
                    "-drive", "file=" + disk + ",format=raw,if=floppy,readonly=on", "-qmp",
                    "unix:" + socket + ",server=on,wait=off"));
            command.addAll(List.of(options));
            Process process = new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(directory.resolve(name + ".log").toFile()).start();
            try {
                return new Qemu(process, Until.present(name + " answers on " + socket, () -> connect(socket)));
            } catch (RuntimeException | Error e) {
                process.destroyForcibly();
                throw e;
            }
        }

        private static Optional<QmpClient> connect(Path socket) {
            try {
                return Optional.of(QmpClient.connect(socket));
            } catch (IOException notYet) {
                return Optional.empty();
            }
        }

        /** What the guest has counted to, modulo 2^16. */
        int counter() {
            String line = qmp.execute("human-monitor-command", Map.of("command-line", "xp /1hx 0x8000")).asString();
            return Integer.decode(line.substring(line.indexOf("0x")).strip());
        }

        @Override
        public void close() {
            qmp.close();
            process.destroyForcibly();
            ends(process);
        }
    }
}
