package io.godwit.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.ServerProcess;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Where a soak takes place: a directory, and the processes in it, which it owns. What a process leaves in it must be known. */
final class Yard implements AutoCloseable {
    private final Path directory;
    private final Map<String, ServerProcess> living = new LinkedHashMap<>();
    private final Set<Path> known = new TreeSet<>();
    private int number;

    Yard(Path directory) {
        this.directory = directory;
    }

    DaemonProcess daemon(GuestOptions guest) {
        return add(DaemonProcess.start(directory, "daemon-" + ++number, guest.rehearsing()));
    }

    QemuProcess qemu(QemuMachine machine) {
        return add(QemuProcess.start(directory, "qemu-" + ++number, machine));
    }

    private <T extends ServerProcess> T add(T process) {
        living.put(process.name(), process);
        return process;
    }

    /** A path for a file that one step makes; it is gone by {@link #tidy}. */
    Path fresh() {
        return directory.resolve("step-" + ++number);
    }

    /** Files that stay. */
    Path keep(String name) {
        Path file = directory.resolve(name);
        known.add(file);
        return file;
    }

    /** Ends a process in good order, unless it is dead already, and takes its files away. */
    void end(ServerProcess process) {
        if (process.isAlive()) {
            process.terminate();
            Until.holds(process.name() + " ends when it is told to", () -> !process.isAlive());
            assertThat(process.socket()).as("left behind by %s", process.name()).doesNotExist();
        }
        process.close();
        living.remove(process.name());
        files().filter(file -> isOf(process.name(), file)).forEach(Yard::delete);
    }

    /** Takes the files of a step away; fails if there are others that nobody knows. */
    void tidy() {
        files().filter(file -> file.getFileName().toString().startsWith("step-")).forEach(Yard::delete);
        assertThat(files().filter(file -> !known.contains(file))
                .filter(file -> living.keySet().stream().noneMatch(name -> isOf(name, file)))).as("files left behind")
                .isEmpty();
    }

    private static boolean isOf(String process, Path file) {
        return file.getFileName().toString().startsWith(process + ".");
    }

    private Stream<Path> files() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        List<ServerProcess> all = new ArrayList<>(living.values());
        all.reversed().forEach(ServerProcess::close);
    }
}
