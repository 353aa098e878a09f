package io.godwit.daemon.qmp;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ThrottledEventTest {
    /** What is due at the end of an interval; the test says when that is over. */
    private final LinkedBlockingQueue<Runnable> due = new LinkedBlockingQueue<>();
    private final List<Long> sent = new ArrayList<>();
    private final ThrottledEvent event = new ThrottledEvent(Duration.ofNanos(1), due::add, sent::add);

    @Test
    void theFirstIsSentAtOnceAndOfTheOthersTheLast() throws InterruptedException {
        event.happened(1);
        assertThat(sent).containsExactly(1L);
        event.happened(2);
        event.happened(3);
        assertThat(sent).containsExactly(1L);
        due.take().run();
        assertThat(sent).containsExactly(1L, 3L);
        event.happened(4);
        due.take().run();
        assertThat(sent).containsExactly(1L, 3L, 4L);
    }

    @Test
    void afterAQuietIntervalTheNextIsAFirst() throws InterruptedException {
        event.happened(1);
        due.take().run();
        event.happened(2);
        assertThat(sent).containsExactly(1L, 2L);
    }
}
