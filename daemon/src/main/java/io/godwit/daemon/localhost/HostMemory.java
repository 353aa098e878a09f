package io.godwit.daemon.localhost;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What memory there is for another process: what the host has available, and what each control group above a process may
 * still take, version 1 or 2; what is only there for files that are not used counts as available.
 */
public final class HostMemory {
    private static final long KIB = 1024;

    private final Path proc;
    private final Path cgroups;

    /** Of this host. */
    public HostMemory() {
        this(Path.of("/proc"), Path.of("/sys/fs/cgroup"));
    }

    HostMemory(Path proc, Path cgroups) {
        this.proc = proc;
        this.cgroups = cgroups;
    }

    /** So many bytes may be taken; where that is limited, for people. */
    public record Room(long bytes, String where) {}

    /** What is left for {@code process}, and what it starts: the tightest of the limits. */
    public Room room(QemuProcess process) throws IOException {
        var rooms = new ArrayList<Room>();
        rooms.add(new Room(field(proc.resolve("meminfo"), "MemAvailable:") * KIB, "the host"));
        for (Group group : groups(process)) {
            group.room().ifPresent(rooms::add);
        }
        return rooms.stream().min((a, b) -> Long.compare(a.bytes, b.bytes)).orElseThrow();
    }

    /** Whether what the one gives up is there for the other. */
    public boolean inOneGroup(QemuProcess one, QemuProcess other) throws IOException {
        return groups(one).equals(groups(other));
    }

    /** One control group, by the files of its version. */
    private record Group(Path directory, String limit, String usage, String idle) {

        Optional<Room> room() throws IOException {
            if (!Files.isReadable(directory.resolve(limit))) {
                return Optional.empty(); // the root of version 2 has no limit
            }
            String most = Files.readString(directory.resolve(limit)).strip();
            if (most.equals("max")) {
                return Optional.empty();
            }
            long used = Long.parseLong(Files.readString(directory.resolve(usage)).strip())
                    - field(directory.resolve("memory.stat"), idle);
            return Optional.of(new Room(Math.max(0, Long.parseLong(most) - used), "control group " + directory));
        }
    }

    /** The group of a process and those above it. */
    private List<Group> groups(QemuProcess process) throws IOException {
        var groups = new ArrayList<Group>();
        for (String line : Files.readAllLines(proc.resolve(Long.toString(process.pid())).resolve("cgroup"))) {
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[1].equals("memory")) {
                addAll(groups, cgroups.resolve("memory"), parts[2], "memory.limit_in_bytes", "memory.usage_in_bytes",
                        "total_inactive_file");
            } else if (parts.length == 3 && parts[0].equals("0")) {
                addAll(groups, cgroups, parts[2], "memory.max", "memory.current", "inactive_file");
            }
        }
        return groups;
    }

    /** In a container the path may be one of the host's: then what is mounted is the process's own group. */
    private static void addAll(List<Group> groups, Path root, String path, String limit, String usage, String idle) {
        Path group = root.resolve(path.substring(1)).normalize();
        Path at = Files.isDirectory(group) ? group : root;
        while (at != null && at.startsWith(root)) {
            groups.add(new Group(at, limit, usage, idle));
            at = at.getParent();
        }
    }

    /** The number of the line that begins with {@code name}; 0 where there is none. */
    private static long field(Path file, String name) throws IOException {
        for (String line : Files.readAllLines(file)) {
            String[] words = line.split("\\s+", 3);
            if (words.length > 1 && words[0].equals(name)) {
                return Long.parseLong(words[1]);
            }
        }
        return 0;
    }
}
