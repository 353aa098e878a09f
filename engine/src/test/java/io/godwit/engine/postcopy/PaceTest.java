package io.godwit.engine.postcopy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How long what nobody has asked for has to wait. */
final class PaceTest {
    private static final long SECOND = 1_000_000_000;
    private final AtomicLong limit = new AtomicLong();
    private final Pace pace = new Pace(limit::get);

    @Test
    void withoutALimitNothingWaits() {
        pace.used(Long.MAX_VALUE / 2);
        assertThat(pace.nanosToWait()).isZero();
    }

    @Test
    void whatWasUsedBeyondAWindowIsWaitedForButNeverLongerThanAWindowAtOnce() {
        limit.set(50_000);
        assertThat(pace.nanosToWait()).isZero();
        pace.used(1_000_000); // 20 seconds' worth
        assertThat(pace.nanosToWait()).isBetween(1L, SECOND / 50);
    }

    @Test
    void aLimitThatIsLiftedIsLiftedAtOnce() {
        limit.set(1);
        pace.used(1_000_000);
        assertThat(pace.nanosToWait()).isPositive();
        limit.set(0);
        assertThat(pace.nanosToWait()).isZero();
    }

    @Test
    void theLargestLimitIsNone() {
        limit.set(-1); // 2^64 - 1
        pace.used(1 << 30);
        assertThat(pace.nanosToWait()).isZero();
    }
}
