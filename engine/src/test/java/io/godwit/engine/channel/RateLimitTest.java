package io.godwit.engine.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A writer is given a tenth of its limit in a tenth of a second. */
final class RateLimitTest {
    /** Before the first window. */
    private final long began = System.nanoTime();
    private final Abort abort;
    private final AtomicLong limit = new AtomicLong();
    private final RateLimit rate;

    RateLimitTest() throws Exception {
        abort = new Abort();
        rate = new RateLimit(limit::get, abort);
    }

    @AfterEach
    void close() {
        rate.close();
        abort.close();
    }

    @Test
    void zeroIsNoLimit() throws Exception {
        assertThat(rate.take(1 << 30)).isEqualTo(1 << 30);
    }

    @Test
    void givesATenthOfTheLimitAndThenMakesWait() throws Exception {
        limit.set(10_000);
        assertThat(rate.take(700)).isEqualTo(700);
        assertThat(rate.take(700)).isEqualTo(300);
        assertThat(rate.take(700)).isEqualTo(700); // in the next window
        assertThat(System.nanoTime() - began).isGreaterThanOrEqualTo(100_000_000);
    }

    @Test
    void lettingGoOneByteAtLeastItNeverStandsStill() throws Exception {
        limit.set(1);
        assertThat(rate.take(700)).isEqualTo(1);
    }

    @Test
    void liftedItLetsEverythingGo() throws Exception {
        limit.set(1);
        rate.lift();
        assertThat(rate.take(700)).isEqualTo(700);
    }

    @Test
    void anAbortEndsTheWait() throws Exception {
        limit.set(10);
        assertThat(rate.take(1)).isEqualTo(1);
        abort.request();
        assertThatThrownBy(() -> rate.take(1)).isInstanceOf(AbortedException.class);
    }
}
