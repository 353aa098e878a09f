package io.godwit.engine.guest.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class PacerTest {
    private static final long MILLI = 1_000_000;

    private long now = 12345;
    private final Pacer pacer = new Pacer(now);

    private int touchesDue(double interval) {
        int touches = 0;
        while (pacer.nanosToWait(now) == 0) {
            pacer.touched(interval);
            touches++;
        }
        return touches;
    }

    @Test
    void catchesUpWithTouchesThatWereLate() {
        assertThat(touchesDue(MILLI / 10.0)).isEqualTo(1);
        now += 5 * MILLI;
        assertThat(touchesDue(MILLI / 10.0)).isEqualTo(50);
    }

    @Test
    void keepsTheRateOverManySmallWaits() {
        long touches = 0;
        for (int i = 0; i < 1000; i++) {
            touches += touchesDue(MILLI / 16.4);
            now += MILLI;
        }
        assertThat(touches).isBetween(16_380L, 16_401L);
    }

    @Test
    void doesNotOweMoreThanATenthOfASecond() {
        now += 60_000 * MILLI;
        assertThat(touchesDue(MILLI)).isEqualTo(101);
    }

    @Test
    void waitsUntilTheNextTouchButNotForLessThanAMillisecond() {
        pacer.touched(7 * MILLI);
        assertThat(pacer.nanosToWait(now)).isEqualTo(7 * MILLI);
        now += 7 * MILLI - 10;
        assertThat(pacer.nanosToWait(now)).isEqualTo(MILLI);
    }

    @Test
    void throttleTakesItsPartOfTheTime() {
        var throttle = new Throttle();
        assertThat(throttle.restAfter(1000)).isZero();
        throttle.set(75);
        assertThat(throttle.restAfter(1000)).isEqualTo(3000);
        assertThat(throttle.stretch(1000)).isEqualTo(4000);
        throttle.set(99);
        assertThat(throttle.restAfter(10)).isEqualTo(990);
        assertThatIllegalArgumentException().isThrownBy(() -> throttle.set(100));
        assertThatIllegalArgumentException().isThrownBy(() -> throttle.set(-1));
    }
}
