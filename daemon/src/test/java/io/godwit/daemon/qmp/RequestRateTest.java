package io.godwit.daemon.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RequestRateTest {
    private long now = Long.MAX_VALUE - 5; // a nanosecond clock may begin anywhere, and pass the end
    private final RequestRate rate = new RequestRate(() -> now);

    @Test
    void allowsManyAtOnceAndThenNoMoreThanSoManyASecond() {
        assertThat(takeAll()).isEqualTo(RequestRate.AT_ONCE);
        assertThat(rate.allows()).isFalse();
        now += TimeUnit.SECONDS.toNanos(1);
        assertThat(takeAll()).isEqualTo(RequestRate.PER_SECOND);
        now += RequestRate.pauseNanos();
        assertThat(takeAll()).isEqualTo(RequestRate.PER_SECOND / 50);
    }

    @Test
    void savesNoMoreThanTheFirstAllowance() {
        takeAll();
        now += TimeUnit.DAYS.toNanos(1);
        assertThat(takeAll()).isEqualTo(RequestRate.AT_ONCE);
    }

    private int takeAll() {
        int taken = 0;
        while (rate.allows()) {
            rate.count();
            taken++;
        }
        return taken;
    }
}
