package io.godwit.engine.dirtyrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.engine.Eventually;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.protocol.qapi.DirtyRateInfo;
import io.godwit.protocol.qapi.DirtyRateStatus;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SortedSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DirtyRateTest {
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Duration LONG = Duration.ofMinutes(10);

    private final SortedSet<String> descriptors = ProcessResources.descriptors();
    private final TestRam ram = new TestRam(TestRam.Memory.ANONYMOUS, 8);
    private final DirtyRate dirtyRate = new DirtyRate(List.of(ram.block()));

    DirtyRateTest() throws IOException {}

    @BeforeEach
    void needsPagemap() {
        DirtyTracking.assume();
    }

    @AfterEach
    void leavesNoDescriptorOrThreadBehind() throws IOException {
        dirtyRate.close();
        ram.close();
        assertThat(threads()).isZero();
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().equals("dirty-rate"))
                .count();
    }

    private boolean isMeasured() {
        return dirtyRate.info().status() == DirtyRateStatus.MEASURED;
    }

    @Test
    void isUnstartedAtFirst() {
        assertThat(dirtyRate.info()).isEqualTo(DirtyRateInfo.UNSTARTED);
    }

    @Test
    void isMeasuringAsSoonAsItIsStarted() throws Refused {
        long before = Instant.now().getEpochSecond();
        dirtyRate.start(LONG, 700);
        var info = dirtyRate.info();
        assertThat(info).isEqualTo(DirtyRateInfo.measuring(info.startTime(), 600_000, 700));
        assertThat(info.startTime()).isBetween(before, Instant.now().getEpochSecond());
    }

    @Test
    void findsNothingInAGuestThatStandsStill() throws Refused {
        ram.writeAll(1);
        dirtyRate.start(SHORT, 16384);
        Eventually.until("measured", this::isMeasured);
        assertThat(dirtyRate.info().dirtyRate()).hasValue(0);
        assertThat(dirtyRate.info().calcTimeMillis()).isEqualTo(50);
    }

    /** Again and again, as a busy machine may let the writer wait for all of a short measurement. */
    @Test
    void findsWhatAGuestWritesMeanwhile() throws Refused {
        long found = 0;
        for (int value = 1; found == 0; value++) {
            dirtyRate.start(SHORT, 16384);
            while (!isMeasured()) {
                ram.writeAll(value++);
            }
            found = dirtyRate.info().dirtyRate().orElseThrow();
        }
        assertThat(found).isBetween(1L, 8 * 1000 / SHORT.toMillis());
    }

    @Test
    void refusesASecondOneWhileOneRuns() throws Refused {
        dirtyRate.start(LONG, 512);
        var first = dirtyRate.info();
        assertThatExceptionOfType(Refused.class).isThrownBy(() -> dirtyRate.start(SHORT, 600))
                .withMessage("the dirty rate is already being measured.");
        assertThat(dirtyRate.info()).isEqualTo(first);
        assertThat(threads()).isEqualTo(1);
    }

    @Test
    void closingEndsAMeasurementLongBeforeItsTime() throws Refused {
        dirtyRate.start(LONG, 512);
        dirtyRate.close();
        assertThat(threads()).isZero();
        assertThat(dirtyRate.info()).isEqualTo(DirtyRateInfo.UNSTARTED);
        dirtyRate.close();
    }

    @Test
    void refusesToStartOnceClosed() {
        dirtyRate.close();
        assertThatExceptionOfType(Refused.class).isThrownBy(() -> dirtyRate.start(SHORT, 512))
                .withMessage("The dirty rate cannot be measured: the guest is being ended");
        assertThat(threads()).isZero();
    }
}
