package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class KvmResourcesTest {

    @BeforeAll
    static void kvm() {
        KvmPeer.require();
    }

    private static Set<String> vcpuThreads() {
        return Thread.getAllStackTraces().keySet().stream().map(Thread::getName)
                .filter(name -> name.startsWith("vcpu") || name.startsWith("serial")).collect(Collectors.toSet());
    }

    private static List<String> kvmMappings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream().filter(line -> line.contains("kvm")).toList();
    }

    private static void live() throws Exception {
        try (var it = TestGuest.with(16 << 20, 4, TestGuest.busy())) {
            DirtyLog log = it.guest.startDirtyLog();
            assertThat(vcpuThreads()).contains("vcpu-0", "vcpu-1", "vcpu-2", "vcpu-3");
            it.guest.resume();
            it.guest.throttle(20);
            it.line.awaitLines(1);
            log.close();
        } // closed while it runs
    }

    @Test
    void closedGuestLeavesNothingBehind() throws Exception {
        live(); // loads what the JVM opens once
        var descriptors = ProcessResources.descriptors();
        for (int i = 0; i < 5; i++) {
            live();
        }
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
        assertThat(kvmMappings()).isEmpty();
        assertThat(vcpuThreads()).isEmpty();
    }

    @Test
    void guestThatCannotBeMadeLeavesNothingBehind() throws Exception {
        live();
        var descriptors = ProcessResources.descriptors();
        Mapping tooSmall = Mapping.anonymous(4096); // no room for the image
        var ram = new MemoryBlock("pc.ram", tooSmall);
        assertThatThrownBy(() -> KvmGuest.create(ram, 2, TestGuest.busy(), SerialLine.none(), false, new Ignore()))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
        assertThat(kvmMappings()).isEmpty();
        assertThat(vcpuThreads()).isEmpty();
        assertThatThrownBy(() -> tooSmall.zero(0, 1)).isInstanceOf(IllegalStateException.class);
    }

    private static final class Ignore implements KvmGuest.Listener {
        @Override
        public void crashed(String reason) {
            // Not this one.
        }

        @Override
        public void reset() {
            // Nor this.
        }
    }
}
