package io.godwit.daemon.localhost;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.daemon.localhost.HostMemory.Room;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files as /proc and /sys/fs/cgroup have them. */
class HostMemoryTest {

    private static final QemuProcess QEMU = new QemuProcess(7);
    private static final QemuProcess OTHER = new QemuProcess(8);

    @TempDir
    Path directory = Path.of("");

    @BeforeEach
    void hostHasMuch() throws IOException {
        write("proc/meminfo", "MemTotal:  9000 kB\nMemAvailable:    8000 kB\n");
        write("proc/8/cgroup", "0::/other\n");
    }

    private void write(String name, String text) throws IOException {
        Path file = directory.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    private HostMemory memory() {
        return new HostMemory(directory.resolve("proc"), directory.resolve("cgroup"));
    }

    @Test
    void withoutALimitTheHostIsWhatCounts() throws IOException {
        write("proc/7/cgroup", "0::/vm\n");
        write("cgroup/vm/memory.max", "max\n");
        assertThat(memory().room(QEMU)).isEqualTo(new Room(8000 * 1024, "the host"));
    }

    @Test
    void aLimitOfAnyGroupAboveCounts() throws IOException {
        write("proc/7/cgroup", "0::/machines/vm\n");
        write("cgroup/machines/vm/memory.max", "max\n");
        write("cgroup/machines/memory.max", "5000\n");
        write("cgroup/machines/memory.current", "3000\n");
        write("cgroup/machines/memory.stat", "anon 2000\ninactive_file 600\n");
        assertThat(memory().room(QEMU))
                .isEqualTo(new Room(2600, "control group " + directory.resolve("cgroup/machines")));
    }

    @Test
    void knowsVersion1() throws IOException {
        write("proc/7/cgroup", "9:name=systemd:/\n4:memory:/vm\n0::/\n");
        write("cgroup/memory/vm/memory.limit_in_bytes", "5000\n");
        write("cgroup/memory/vm/memory.usage_in_bytes", "4500\n");
        write("cgroup/memory/vm/memory.stat", "total_inactive_file 100\n");
        assertThat(memory().room(QEMU).bytes()).isEqualTo(600);
    }

    @Test
    void inAContainerTheMountedRootIsTheProcessesOwn() throws IOException {
        write("proc/7/cgroup", "4:memory:/of/the/host\n");
        write("cgroup/memory/memory.limit_in_bytes", "5000\n");
        write("cgroup/memory/memory.usage_in_bytes", "6000\n");
        write("cgroup/memory/memory.stat", "total_inactive_file 0\n");
        assertThat(memory().room(QEMU).bytes()).isZero();
    }

    @Test
    void knowsWhoSharesWithWhom() throws IOException {
        write("proc/7/cgroup", "0::/vm\n");
        Files.createDirectories(directory.resolve("cgroup/vm"));
        Files.createDirectories(directory.resolve("cgroup/other"));
        assertThat(memory().inOneGroup(QEMU, OTHER)).isFalse();
        write("proc/7/cgroup", "0::/other\n");
        assertThat(memory().inOneGroup(QEMU, OTHER)).isTrue();
    }
}
