package io.godwit.protocol.course;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WriteCurveTest {

    private static void assertBytes(WriteCurve curve, double seconds, double bytes) {
        assertThat(curve.bytes(seconds)).isCloseTo(bytes, within(0.001));
    }

    @Test
    void ofAGuestThatWritesNothingIsFlat() {
        assertBytes(WriteCurve.NOTHING, 100, 0);
    }

    @Test
    void withOnePointIsARate() {
        WriteCurve curve = WriteCurve.NOTHING.with(2, 10);
        assertBytes(curve, 1, 5);
        assertBytes(curve, 2, 10);
        assertBytes(curve, 10, 50);
    }

    @Test
    void goesOnBehindItsLastPointAsInTheLastPartBeforeIt() {
        WriteCurve same = WriteCurve.NOTHING.with(1, 10).with(2, 10);
        assertBytes(same, 0.5, 5);
        assertBytes(same, 60, 10);
        WriteCurve slower = WriteCurve.NOTHING.with(1, 10).with(2, 12);
        assertBytes(slower, 1.5, 11);
        assertBytes(slower, 4, 16);
        assertBytes(WriteCurve.NOTHING.with(1, 10).with(2, 12).with(2.2, 12.6), 3.2, 12.6 + 2.6 / 1.2);
    }

    @Test
    void neverHasAShorterTimeWithMoreThanALongerOne() {
        WriteCurve curve = WriteCurve.NOTHING.with(1, 10).with(4, 40).with(2, 5);
        assertBytes(curve, 1, 5);
        assertBytes(curve, 2, 5);
        assertBytes(curve, 4, 40);
        assertBytes(WriteCurve.NOTHING.with(4, 5).with(1, 9), 4, 9);
    }

    @Test
    void replacesWhatWasKnownOfAboutTheSameTime() {
        assertBytes(WriteCurve.NOTHING.with(1, 10).with(1.05, 105), 0.5, 50);
    }

    @Test
    void aTimeOfNothingSaysNothing() {
        assertBytes(WriteCurve.NOTHING.with(0, 10), 1, 0);
    }

    /** A guest of 100 pages a second, all over its memory, on a channel of so many: each pass is a part of the last one. */
    @ParameterizedTest
    @CsvSource({"200, 1000, 10", "400, 1000, 10", "1000, 200, 1"})
    void aCourseIsTheSumOfItsPasses(double speed, double left, double still) {
        PrecopyCourse course = PrecopyCourse.of(left, 0, speed, WriteCurve.NOTHING.with(1, 100), still / speed);
        double all = left / (1 - 100 / speed);
        assertThat(course.converges()).isTrue();
        assertThat(course.bytes()).isCloseTo(all, within(all * 0.01));
        assertThat(course.seconds()).isCloseTo(all / speed, within(all / speed * 0.01));
        assertThat(course.downtimeSeconds() * speed).isLessThanOrEqualTo(still);
    }

    @Test
    void aGuestThatWritesFasterThanTheChannelDoesNotConverge() {
        PrecopyCourse course = PrecopyCourse.of(1000, 0, 100, WriteCurve.NOTHING.with(1, 100), 1);
        assertThat(course.converges()).isFalse();
        assertThat(course.writtenPerSecond()).isCloseTo(100, within(0.1));
    }

    @Test
    void onlyForAsMuchAsItWritesAtAllHowFastItMayBe() {
        WriteCurve hot = WriteCurve.NOTHING.with(0.1, 50).with(0.2, 50);
        assertThat(PrecopyCourse.of(1000, 0, 100, hot, 0.6).converges()).isTrue();
        assertThat(PrecopyCourse.of(1000, 0, 100, hot, 0.4).converges()).isFalse();
    }

    @Test
    void withNothingLeftItIsAtItsEnd() {
        PrecopyCourse course = PrecopyCourse.of(0, 0, 100, WriteCurve.NOTHING, 0.3);
        assertThat(course.converges()).isTrue();
        assertThat(course.seconds()).isZero();
    }
}
