package io.godwit.engine.paging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Two vCPUs, run by the threads 70 and 71. */
final class BlocktimeTest {
    private static final int FIRST = 70;
    private static final int SECOND = 71;
    private static final long PAGE = PageKey.of(0, 0x5000);
    private static final long OTHER = PageKey.of(1, 0x5000);

    private final Blocktime blocktime = new Blocktime(List.of(FIRST, SECOND));

    @Test
    void eachWaitsForItselfAndAllOnlyWhileBothDo() {
        blocktime.begin(FIRST, PAGE, 100);
        blocktime.begin(SECOND, OTHER, 130);
        blocktime.end(PAGE, 150);
        blocktime.end(OTHER, 190);
        assertThat(blocktime.vcpuNanos()).containsExactly(50L, 60L);
        assertThat(blocktime.allNanos()).isEqualTo(20);
    }

    @Test
    void onePageLetsGoOnWhoeverWaitsForIt() {
        blocktime.begin(FIRST, PAGE, 100);
        blocktime.begin(SECOND, PAGE, 110);
        blocktime.end(PAGE, 140);
        blocktime.end(PAGE, 500); // as when it is told of a fault and of a page at the same moment
        assertThat(blocktime.vcpuNanos()).containsExactly(40L, 30L);
        assertThat(blocktime.allNanos()).isEqualTo(30);
    }

    @Test
    void aFaultThatIsToldTwiceBeganOnce() {
        blocktime.begin(FIRST, PAGE, 100);
        blocktime.begin(FIRST, PAGE, 120);
        blocktime.end(PAGE, 130);
        assertThat(blocktime.vcpuNanos()).containsExactly(30L, 0L);
    }

    /** The page wakes its thread before it is told of. */
    @Test
    void whoWaitsForAnotherPageHasTheFirst() {
        blocktime.begin(FIRST, PAGE, 100);
        blocktime.begin(FIRST, OTHER, 120);
        blocktime.end(PAGE, 121);
        blocktime.end(OTHER, 140);
        assertThat(blocktime.vcpuNanos()).containsExactly(40L, 0L);
    }

    @Test
    void otherThreadsDoNotCount() {
        blocktime.begin(99, PAGE, 100);
        blocktime.end(PAGE, 150);
        assertThat(blocktime.vcpuNanos()).containsExactly(0L, 0L);
        assertThat(blocktime.allNanos()).isZero();
    }
}
