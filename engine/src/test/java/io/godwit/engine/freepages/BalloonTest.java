package io.godwit.engine.freepages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BalloonTest {
    private final List<Long> told = new ArrayList<>();
    private final List<Long> rung = new ArrayList<>();
    private final Balloon balloon = new Balloon(1000, this::ring);

    private void ring() {
        rung.add(balloon.targetPages());
    }

    @ParameterizedTest
    @CsvSource({"4096000, 0", "4096001, 0", "9223372036854775807, 0", "4095999, 1", "409600, 900", "1, 1000",
            "-1, 1000"})
    void whatIsNotLeftToTheGuestIsTheTarget(long bytes, long target) {
        balloon.leave(bytes);
        assertThat(balloon.targetPages()).isEqualTo(target);
        assertThat(rung).containsExactly(target);
        assertThat(balloon.bytesLeft()).isEqualTo(1000 * 4096);
    }

    @Test
    void onlyAChangeIsTold() {
        balloon.onChange(told::add);
        assertThat(balloon.hold(10)).isTrue();
        assertThat(balloon.hold(10)).isTrue();
        assertThat(balloon.hold(0)).isTrue();
        assertThat(told).containsExactly(990L * 4096, 1000L * 4096);
    }

    @Test
    void aGuestThatHoldsMoreThanThereIsIsNotBelieved() {
        balloon.hold(7);
        assertThat(balloon.hold(1001)).isFalse();
        assertThat(balloon.hold(-1)).isFalse();
        assertThat(balloon.heldPages()).isEqualTo(7);
    }

    @ParameterizedTest
    @CsvSource({"1001, 0", "0, 1001", "-1, 0", "0, -1"})
    void aStateThatCannotBeIsRefused(long target, long held) {
        assertThatIllegalArgumentException().isThrownBy(() -> balloon.restore(target, held));
        assertThat(balloon.isOffered()).isFalse();
    }
}
