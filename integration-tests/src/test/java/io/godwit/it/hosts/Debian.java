package io.godwit.it.hosts;

import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.Tree;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A Debian that has booted: a container whose first process is its systemd. Owns the container. */
final class Debian implements AutoCloseable {
    /** Whom they belong to is said by the package's udev rule; a container has no udev. */
    private static final Map<String, String> DEVICES = Map.of("/dev/userfaultfd", "godwit", "/dev/kvm", "kvm");

    private final String container;
    private final Path root;

    private Debian(String container) {
        this.container = container;
        String pid = Programs.require("docker", "inspect", "--format", "{{.State.Pid}}", container).strip();
        this.root = Path.of("/proc", pid, "root");
    }

    /** Waits until it is up; {@code shared} is there as {@code /mnt}, to be read. */
    static Debian boot(String image, Path shared) {
        var command = new ArrayList<>(List.of(Tree.script("boot-debian").toString(), image, shared.toString()));
        devices().forEach(device -> command.addAll(List.of("--device", device)));
        var debian = new Debian(Programs.require(command.toArray(String[]::new)).strip());
        try {
            Until.holds(image + " is up",
                    () -> debian.tell("systemctl is-system-running").output().strip().equals("running"));
            return debian;
        } catch (RuntimeException | Error e) {
            debian.close();
            throw e;
        }
    }

    private static List<String> devices() {
        return DEVICES.keySet().stream().filter(device -> Files.exists(Path.of(device))).sorted().toList();
    }

    /** Does what udev does by the package's rule. */
    void applyDeviceRule() {
        devices().forEach(device -> require("chgrp %s %s && chmod 0660 %2$s".formatted(DEVICES.get(device), device)));
    }

    /** Runs words of the shell, as root. */
    Programs.Result tell(String words) {
        return Programs.run("docker", "exec", container, "sh", "-c", words);
    }

    /** Runs words of the shell that have to end well, and gives what was said. */
    String require(String words) {
        Programs.Result result = tell(words);
        if (result.status() != 0) {
            throw new AssertionError(words + " ended with " + result.status() + ": " + result.output());
        }
        return result.output().strip();
    }

    /** Its files, as its first process sees them; only root may look. */
    Path root() {
        return root;
    }

    /** Talks to a unit's monitor, which starts the unit if it does not run. */
    <T> T qmp(String guest, Function<QmpClient, T> talk) {
        Path socket = root.resolve("run/godwit/" + guest + ".qmp");
        try (QmpClient client = QmpClient.connect(socket)) {
            return talk.apply(client);
        } catch (IOException e) {
            throw new AssertionError("talking to " + socket, e);
        }
    }

    /** A property of a unit. */
    String property(String unit, String name) {
        return require("systemctl show --value --property " + name + " '" + unit + "'");
    }

    /** The version that a unit's process runs from, by its directory; only while the program is still there. */
    String versionOf(String unit) {
        return require("stat --format=%n \"$(readlink /proc/" + property(unit, "MainPID") + "/exe)\"")
                .replaceFirst("/jre/bin/java$", "");
    }

    /** All that is on its disk. */
    Set<String> files() {
        return require(
                "find / -xdev -path /proc -prune -o -path /sys -prune -o -print; find /run/godwit 2>/dev/null || true")
                .lines().collect(Collectors.toCollection(TreeSet::new));
    }

    String journal() {
        return tell("journalctl --no-pager --lines 200").output();
    }

    @Override
    public void close() {
        Programs.require("docker", "rm", "--force", "--volumes", container);
    }
}
