package io.godwit.engine.guest.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkloadPlanTest {

    @ParameterizedTest
    @CsvSource({"1,100,10", "2,100,100", "3,100,10", "4,7,6", "7,3,2", "5,0,0", "256,1000,999"})
    void partsCoverTheFillWithoutOverlapAndHoldTheWorkingSet(int threads, long fillPages, long dirtyPages) {
        var plan = new WorkloadPlan(threads, fillPages, dirtyPages, 0);
        long next = 0;
        long dirty = 0;
        for (int i = 0; i < threads; i++) {
            WorkloadPlan.Part part = plan.part(i);
            assertThat(part.firstPage()).isEqualTo(next);
            assertThat(part.dirtyPages()).isBetween(0L, part.fillPages());
            next += part.fillPages();
            dirty += part.dirtyPages();
        }
        assertThat(next).isEqualTo(fillPages);
        assertThat(dirty).isEqualTo(dirtyPages);
    }

    @Test
    void countsWholePagesOfBytes() {
        assertThat(WorkloadPlan.ofBytes(1, 8192 + 4095, 3 * 4096 + 1, 4096, 5))
                .isEqualTo(new WorkloadPlan(1, 2, 3, 1, 5));
    }

    @ParameterizedTest
    @CsvSource({"0,1,1,1", "257,1,1,1", "1,-1,0,1", "1,1,2,1", "1,1,-1,1", "1,1,1,-1", "1,1,1,1000000001"})
    void refusesWhatMakesNoSense(int threads, long fillPages, long dirtyPages, long pagesPerSecond) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new WorkloadPlan(threads, fillPages, dirtyPages, pagesPerSecond));
    }
}
