package io.godwit.engine.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FirstTouchesTest {
    @TempDir
    Path dir;

    private static TouchLog log(long... pages) {
        var log = new TouchLog();
        for (long page : pages) {
            log.add(1, page);
        }
        return log;
    }

    @Test
    void whatWasAskedForLastComesFirstAndEachPageOnce() {
        FirstTouches touches = FirstTouches.none().with(log(5, 3, 5, 9)).with(log(7, 3));
        assertThat(touches.pages()).containsExactly(7, 3, 5, 9);
        assertThat(touches.blocks()).containsOnly(1);
    }

    @Test
    void whatIsNotAskedForAnyMoreIsForgottenAfterSomeRestores() {
        FirstTouches touches = FirstTouches.none().with(log(5));
        for (int i = 0; i < 8; i++) {
            assertThat(touches.pages()).contains(5);
            touches = touches.with(log(1));
        }
        assertThat(touches.with(log()).pages()).containsExactly(1);
    }

    @Test
    void thereAreNeverMoreThanTheMost() {
        var first = new TouchLog();
        var second = new TouchLog();
        for (int i = 0; i < FirstTouches.MOST + 10; i++) {
            first.add(0, i);
            second.add(0, 1_000_000 + i);
        }
        FirstTouches touches = FirstTouches.none().with(first).with(second);
        assertThat(touches.count()).isEqualTo(FirstTouches.MOST);
        assertThat(touches.pages()[0]).isEqualTo(1_000_000);
    }

    @Test
    void theyAreKeptBesideTheFile() throws IOException {
        Path file = dir.resolve("snapshot");
        assertThat(FirstTouches.of(file).count()).isZero();
        FirstTouches.none().with(log(5, 3)).keep(file);
        assertThat(FirstTouches.of(file).pages()).containsExactly(5, 3);
        try (var all = Files.list(dir)) {
            assertThat(all.map(path -> path.getFileName().toString())).containsExactly("snapshot.touches");
        }
    }

    @Test
    void whatIsNoneIsRefused() throws IOException {
        Path file = dir.resolve("snapshot");
        Path place = dir.resolve("snapshot.touches");
        Files.writeString(place, "something else, and long enough");
        assertThatThrownBy(() -> FirstTouches.of(file)).isInstanceOf(IOException.class)
                .hasMessageContaining("is no record of first touches");
        Files.write(place, ByteBuffer.allocate(12).putLong(0x474f_4457_4954_5431L).putInt(1 << 30).array());
        assertThatThrownBy(() -> FirstTouches.of(file)).isInstanceOf(IOException.class)
                .hasMessageContaining("1073741824 entries");
        Files.write(place, ByteBuffer.allocate(12).putLong(0x474f_4457_4954_5431L).putInt(2).array());
        assertThatThrownBy(() -> FirstTouches.of(file)).isInstanceOf(IOException.class);
    }
}
