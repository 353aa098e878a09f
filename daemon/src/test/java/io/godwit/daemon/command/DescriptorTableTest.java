package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.linux.AccessMode;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DescriptorTableTest {
    @TempDir
    Path dir;

    private final DescriptorTable table = new DescriptorTable();

    @AfterEach
    void close() {
        table.close();
    }

    @Test
    void aNameIsUsedUpByTakingIt() throws IOException {
        Fd descriptor = readOnly();
        table.name("out", descriptor);
        assertThat(table.takeNamed("out")).containsSame(descriptor);
        assertThat(table.takeNamed("out")).isEmpty();
        descriptor.close();
    }

    @Test
    void aReplacedDescriptorIsClosed() throws IOException {
        Fd first = readOnly();
        table.name("x", first);
        table.name("x", readOnly());
        assertThat(first.isOpen()).isFalse();
    }

    @Test
    void aNewSetGetsTheSmallestFreeNumber() throws IOException {
        assertThat(add(Optional.empty())).isZero();
        assertThat(add(Optional.of(1L))).isEqualTo(1);
        assertThat(add(Optional.empty())).isEqualTo(2);
        assertThat(table.removeSet(1)).isTrue();
        assertThat(add(Optional.empty())).isEqualTo(1);
    }

    @Test
    void theLastDescriptorTakesItsSetWithIt() throws IOException {
        Fd first = readOnly();
        Fd second = readOnly();
        table.addToSet(Optional.of(7L), first, Optional.empty());
        table.addToSet(Optional.of(7L), second, Optional.of("note"));
        assertThat(table.removeFromSet(7, second.number())).isTrue();
        assertThat(table.sets()).containsOnlyKeys(7L);
        assertThat(table.removeFromSet(7, 99_999)).isFalse();
        assertThat(table.removeFromSet(7, first.number())).isTrue();
        assertThat(table.sets()).isEmpty();
        assertThat(first.isOpen()).isFalse();
    }

    @Test
    void opensTheMemberThatWasOpenedForThePurposeAndKeepsIt() throws IOException {
        Fd reading = readOnly();
        table.addToSet(Optional.of(3L), reading, Optional.empty());
        try (Fd opened = table.open("/dev/fdset/3", false)) {
            assertThat(opened.accessMode()).isEqualTo(AccessMode.READ_ONLY);
            assertThat(opened.number()).isNotEqualTo(reading.number());
        }
        assertThat(reading.isOpen()).isTrue();
        assertThatThrownBy(() -> table.open("/dev/fdset/3", true)).isInstanceOf(IOException.class)
                .hasMessage("Failed to find file descriptor with matching flags=0x41");
    }

    @Test
    void readWriteFitsNeitherReadingNorWriting() throws IOException {
        Path file = Files.createFile(dir.resolve("rw"));
        table.addToSet(Optional.of(0L), Fd.open(file, Set.of(OpenFlag.READ, OpenFlag.WRITE), 0), Optional.empty());
        assertThatThrownBy(() -> table.open("/dev/fdset/0", true)).hasMessageContaining("matching flags=0x41");
        assertThatThrownBy(() -> table.open("/dev/fdset/0", false)).hasMessageContaining("matching flags=0x0");
    }

    @Test
    void namesTheSetThatIsNotThereOrIsNoNumber() {
        assertThatThrownBy(() -> table.open("/dev/fdset/7", true)).hasMessage("Failed to find fdset /dev/fdset/7");
        assertThatThrownBy(() -> table.open("/dev/fdset/x", true)).hasMessage("Could not parse fdset /dev/fdset/x");
        assertThatThrownBy(() -> table.open("/dev/fdset/9999999999999999999999", true))
                .hasMessageStartingWith("Could not parse fdset");
    }

    @Test
    void closesAllThatItHolds() throws IOException {
        Fd named = readOnly();
        Fd member = readOnly();
        table.name("x", named);
        table.addToSet(Optional.empty(), member, Optional.empty());
        table.close();
        assertThat(named.isOpen()).isFalse();
        assertThat(member.isOpen()).isFalse();
    }

    private long add(Optional<Long> set) throws IOException {
        return table.addToSet(set, readOnly(), Optional.empty());
    }

    private Fd readOnly() throws IOException {
        Path file = dir.resolve("file");
        if (!Files.exists(file)) {
            Files.createFile(file);
        }
        return Fd.open(file, Set.of(OpenFlag.READ), 0);
    }
}
