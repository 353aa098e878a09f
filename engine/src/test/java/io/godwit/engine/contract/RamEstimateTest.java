package io.godwit.engine.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class RamEstimateTest {

    @Test
    void isExactWhereAllWasLookedAt() {
        RamEstimate all = RamEstimate.of(100, 100, 40);
        assertThat(all.leastContent()).isEqualTo(40);
        assertThat(all.likelyBytes()).isCloseTo(40 * 4104 + 60 * 9, within(0.001));
        assertThat(all.leastBytes()).isEqualTo(40 * 4096);
    }

    @Test
    void ofNothingIsNothing() {
        assertThat(RamEstimate.of(0, 0, 0).likelyBytes()).isZero();
    }

    @Test
    void aSampleThatSawNoZeroPageHasNotProvedThatThereIsNone() {
        assertThat(RamEstimate.of(1_000_000, 1000, 1000).leastContent()).isBetween(990_000.0, 999_999.0);
    }

    @Test
    void isSeldomMoreThanThereIs() {
        var random = new SplittableRandom(1);
        int tooMuch = 0;
        for (int run = 0; run < 1000; run++) {
            double part = random.nextDouble();
            long seen = random.doubles(1024).filter(value -> value < part).count();
            if (RamEstimate.of(1_000_000, 1024, seen).leastContent() > part * 1_000_000) {
                tooMuch++;
            }
        }
        assertThat(tooMuch).isLessThan(10);
    }
}
