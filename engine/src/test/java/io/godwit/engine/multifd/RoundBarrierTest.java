package io.godwit.engine.multifd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.Eventually;
import io.godwit.engine.channel.AbortedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class RoundBarrierTest {
    private final AtomicReference<Throwable> thrown = new AtomicReference<>();

    /** What a thread does. */
    private interface Work {
        void run() throws IOException;
    }

    private Thread start(Work work) {
        return Thread.ofPlatform().start(() -> {
            try {
                work.run();
            } catch (IOException | RuntimeException e) {
                thrown.set(e);
            }
        });
    }

    private static void awaitWaiting(Thread thread) {
        Eventually.until("waits", () -> thread.getState() == Thread.State.WAITING);
    }

    /** No channel begins a round before all have ended the one before and the main one has met its mark. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 16})
    void keepsRoundsApart(int channels) throws Exception {
        int rounds = 200;
        var barrier = new RoundBarrier(channels);
        var inRound = new AtomicInteger[rounds + 1];
        for (int i = 0; i <= rounds; i++) {
            inRound[i] = new AtomicInteger();
        }
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < channels; i++) {
            threads.add(start(() -> {
                for (int round = 0; round < rounds; round++) {
                    inRound[round].incrementAndGet();
                    barrier.awaitNextRound();
                }
                barrier.channelEnded();
            }));
        }
        for (int round = 0; round < rounds; round++) {
            assertThat(inRound[round + 1]).hasValue(0);
            barrier.endRound();
            assertThat(inRound[round]).hasValue(channels);
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(thrown).hasNullValue();
    }

    @Test
    void theMainChannelWaitsForTheLastOne() throws Exception {
        var barrier = new RoundBarrier(2);
        Thread first = start(barrier::awaitNextRound);
        Thread main = start(barrier::endRound);
        awaitWaiting(first);
        awaitWaiting(main);
        barrier.awaitNextRound();
        main.join();
        first.join();
        assertThat(thrown).hasNullValue();
    }

    @Test
    void aChannelThatEndsBeforeItsSyncIsMissedAtTheMark() throws Exception {
        var barrier = new RoundBarrier(3);
        Thread main = start(barrier::endRound);
        awaitWaiting(main);
        barrier.channelEnded();
        main.join();
        assertThat(thrown.get()).hasMessage("1 of 3 multifd channels ended before their SYNC");
    }

    @Test
    void aFailureWakesWhoeverWaitsAndTheFirstReasonCounts() throws Exception {
        var barrier = new RoundBarrier(2);
        Thread channel = start(barrier::awaitNextRound);
        awaitWaiting(channel);
        assertThat(barrier.failure()).isEmpty();
        barrier.fail(new IOException("first"));
        barrier.fail(new IOException("second"));
        channel.join();
        assertThat(thrown.get()).hasMessage("first");
        assertThatThrownBy(barrier::endRound).hasMessage("first");
        assertThatThrownBy(barrier::awaitNextRound).hasMessage("first");
        assertThat(barrier.failure().orElseThrow()).hasMessage("first");
    }

    @Test
    void anAbortIsNoFailureOfAChannel() {
        var barrier = new RoundBarrier(2);
        barrier.fail(new AbortedException());
        assertThatThrownBy(barrier::endRound).isInstanceOf(AbortedException.class);
    }
}
