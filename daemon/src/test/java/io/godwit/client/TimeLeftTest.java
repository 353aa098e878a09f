package io.godwit.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.godwit.client.Forecast.NotBefore;
import io.godwit.client.Forecast.NotConverging;
import io.godwit.client.Forecast.Unknown;
import io.godwit.client.Forecast.Within;
import java.util.Optional;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TimeLeftTest {
    private static final long MIB = 1 << 20;
    private static final double STEP = 0.1;

    private final TimeLeft timeLeft = new TimeLeft();

    private static Progress look(String status, long pass, double seconds, double remainingMib, double dirtyMib) {
        return new Progress(status, Optional.empty(), 4096 * MIB, (long) (remainingMib * MIB), 0, 0, dirtyMib, pass,
                (long) (seconds * 1000), 0, 0, 0);
    }

    private Forecast afterSeconds(String status, long pass, double seconds, double mibPerSecond, double dirtyMib) {
        Forecast forecast = new Unknown();
        for (int i = 0; i <= seconds / STEP; i++) {
            forecast = timeLeft.after(look(status, pass, i * STEP, 4096 - i * STEP * mibPerSecond, dirtyMib));
        }
        return forecast;
    }

    @Test
    void saysNothingBeforeItHasSeenSomethingMove() {
        assertThat(timeLeft.after(look("setup", 0, 0, 0, 0))).isInstanceOf(Unknown.class);
        assertThat(timeLeft.after(look("active", 1, 0, 4096, 0))).isInstanceOf(Unknown.class);
        assertThat(timeLeft.after(look("active", 1, 5, 4096, 0))).isInstanceOf(Unknown.class);
    }

    @Test
    void knowsInTheFirstPassHowLongThatTakesAtLeast() {
        assertThat(afterSeconds("active", 1, 2, 512, 0))
                .isInstanceOfSatisfying(NotBefore.class, it -> assertThat(it.seconds()).isCloseTo(6, within(0.1)));
    }

    @Test
    void addsThePassesThatTheGuestsWritingWillTake() {
        // 2 s of the pass are over, 6 s are left; what is written meanwhile takes half as long, and so on
        assertThat(afterSeconds("active", 2, 2, 512, 256)).isInstanceOfSatisfying(Within.class,
                it -> assertThat(it.middle()).isCloseTo(6 + 4 + 2 + 1 + 0.5 + 0.25, Percentage.withPercentage(12)));
    }

    @Test
    void aGuestThatRunsElsewhereOrNotAtAllAddsNothing() {
        assertThat(afterSeconds("postcopy-active", 3, 2, 512, 9999)).isInstanceOfSatisfying(Within.class,
                it -> assertThat(it.middle()).isCloseTo(6, within(0.1)));
    }

    @Test
    void saysWhenItWillNotEndByItself() {
        Forecast forecast = afterSeconds("active", 2, 2, 240, 310);
        assertThat(forecast).isInstanceOf(NotConverging.class);
        assertThat(forecast.words()).startsWith("not converging: dirtied 310 MiB/s, sent 240 MiB/s; ");
    }

    @Test
    void anUnevenChannelGivesTwoEnds() {
        Forecast forecast = new Unknown();
        double left = 4096;
        for (int i = 0; i < 40; i++) {
            forecast = timeLeft.after(look("postcopy-active", 2, i * STEP, left, 0));
            left -= i % 20 < 10 ? 20 : 80;
        }
        assertThat(forecast).isInstanceOfSatisfying(Within.class,
                it -> assertThat(it.most()).isGreaterThan(1.2 * it.least()));
        assertThat(forecast.words()).matches("[\\d.]+ to [\\d.]+ s to go");
    }

    @Test
    void anotherPassBeginsWithTheSpeedOfTheLastOne() {
        assertThat(afterSeconds("active", 2, 2, 512, 0)).isInstanceOf(Within.class);
        assertThat(timeLeft.after(look("active", 3, 2.1, 1024, 0))).isInstanceOfSatisfying(Within.class,
                it -> assertThat(it.middle()).isCloseTo(2, within(0.1)));
    }

    @Test
    void anotherPhaseHasASpeedOfItsOwn() {
        assertThat(afterSeconds("active", 2, 2, 512, 0)).isInstanceOf(Within.class);
        assertThat(timeLeft.after(look("postcopy-active", 2, 2.1, 1000, 0))).isInstanceOf(Unknown.class);
    }

    @Test
    void knowsInTheFirstPassWhatTheNextOnesWillTakeWhereTheDirtyRateOfThatIsThere() {
        Forecast forecast = new Unknown();
        for (int i = 0; i <= 40; i++) {
            // 64 MiB that are written again and again: all of them within the first second
            double rate = i == 0 ? 0 : 64 / Math.max(1, i * STEP);
            forecast = timeLeft.after(look("active", 1, i * STEP, 4096 - i * STEP * 512, rate));
        }
        // 4 s of the pass are left, then 64 MiB for which the guest can stand still
        assertThat(forecast).isInstanceOfSatisfying(Within.class,
                it -> assertThat(it.middle()).isCloseTo(4 + 64 / 512.0, Percentage.withPercentage(5)));
    }

    /** As recorded: at most 128 MiB/s, 96 MiB/s written over 32 MiB, and looks of either that lag behind; it ended after 1.739 s. */
    @Test
    void isRightAtHalfTimeOfAShortMigrationToo() {
        double[][] looks = {{0.106, 178, 0}, {0.216, 164, 95.9}, {0.319, 141, 96.4}, {0.423, 139, 96.4},
                {0.528, 122, 62.8}, {0.632, 106, 62.8}, {0.739, 92, 44.9}, {0.843, 77, 44.9}};
        Forecast forecast = new Unknown();
        for (double[] look : looks) {
            forecast = timeLeft.after(look("active", 1, look[0], look[1], look[2]));
        }
        assertThat(forecast).isInstanceOfSatisfying(Within.class,
                it -> assertThat(it.middle()).isCloseTo(1.739 - 0.843, Percentage.withPercentage(25)));
    }

    /** The rule that the forecast goes by, run to its end: what it says at half-time is to be true. */
    @ParameterizedTest
    @CsvSource({"1000, 100", "1000, 500", "1000, 800", "300, 30", "300, 200", "2000, 1500"})
    void isRightAtHalfTimeAboutAGuestThatWritesSteadily(double speed, double dirtied) {
        double all = run(speed, dirtied, Double.MAX_VALUE);
        double said = run(speed, dirtied, all / 2);
        assertThat(said).isCloseTo(all / 2, Percentage.withPercentage(25));
    }

    /** Simulates from the second pass on; returns the time it took, or what was forecast at {@code ask}. */
    private static double run(double speed, double dirtied, double ask) {
        var timeLeft = new TimeLeft();
        double time = 0;
        double left = 4096;
        for (int pass = 2;; pass++) {
            double began = time;
            while (left > 0) {
                Forecast forecast = timeLeft.after(look("active", pass, time, left, dirtied));
                if (time >= ask && forecast instanceof Within within) {
                    return within.middle() + (time - ask);
                }
                double step = Math.min(STEP, left / speed);
                left = left - step * speed < 1e-6 ? 0 : left - step * speed;
                time += step;
            }
            left = dirtied * (time - began);
            if (left <= speed * 0.3) {
                return time + left / speed;
            }
        }
    }
}
