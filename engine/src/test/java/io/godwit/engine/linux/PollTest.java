package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PollTest {
    private final SortedSet<String> descriptors = ProcessResources.descriptors();
    private final EventFd abort = new EventFd();
    private final Poll poll = new Poll(abort);
    private final Pipe pipe = Pipe.open();

    PollTest() throws IOException {}

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        poll.close();
        abort.close();
        pipe.close();
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    private void fill() throws IOException {
        try (NativeBuffer one = new NativeBuffer(1)) {
            pipe.writer().write(one.segment(), 0, 1);
        }
    }

    @Test
    void tellsReadinessTimeoutAndAbortApart() throws IOException {
        assertThat(poll.awaitReadable(pipe.reader(), 0)).isEqualTo(Poll.Outcome.TIMED_OUT);
        assertThat(poll.awaitReadable(pipe.reader(), 2)).isEqualTo(Poll.Outcome.TIMED_OUT);
        assertThat(poll.awaitWritable(pipe.writer(), Poll.FOREVER)).isEqualTo(Poll.Outcome.READY);
        fill();
        assertThat(poll.awaitReadable(pipe.reader(), Poll.FOREVER)).isEqualTo(Poll.Outcome.READY);
        abort.signal();
        assertThat(poll.awaitReadable(pipe.reader(), Poll.FOREVER)).isEqualTo(Poll.Outcome.ABORTED);
        assertThat(poll.awaitAbort(Poll.FOREVER)).isEqualTo(Poll.Outcome.ABORTED);
        assertThat(abort.drain()).isTrue();
        assertThat(abort.drain()).isFalse();
        assertThat(poll.awaitAbort(0)).isEqualTo(Poll.Outcome.TIMED_OUT);
    }

    @Test
    void isReadyAtTheEnd() throws IOException {
        pipe.writer().close();
        assertThat(poll.awaitReadable(pipe.reader(), Poll.FOREVER)).isEqualTo(Poll.Outcome.READY);
    }

    @Test
    void wakesUpWhenAbortedFromAnotherThread() throws Exception {
        var waiting = CompletableFuture.supplyAsync(() -> {
            try {
                return poll.awaitReadable(pipe.reader(), Poll.FOREVER);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        assertThat(waiting).isNotDone();
        abort.signal();
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(Poll.Outcome.ABORTED);
    }

    @Test
    void goesOnWaitingAfterASignal() throws Exception {
        Signals.ignoreWithNoop(Signals.KICK);
        var thread = new CompletableFuture<Integer>();
        var waiting = CompletableFuture.supplyAsync(() -> {
            thread.complete(NativeThread.currentId());
            try {
                return poll.awaitReadable(pipe.reader(), Poll.FOREVER);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        for (int i = 0; i < 100; i++) {
            NativeThread.signal(thread.get(), Signals.KICK);
        }
        fill();
        assertThat(waiting.get(10, TimeUnit.SECONDS)).isEqualTo(Poll.Outcome.READY);
    }

    @Test
    void reportsBadDescriptor() {
        Fd wild = Fd.adopt(1_000_000);
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> poll.awaitReadable(wild, 0))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EBADF));
        wild.close();
    }

    @Test
    void pipeTellsItsCapacity() throws IOException {
        assertThat(pipe.setCapacity(100_000)).isEqualTo(131_072);
    }
}
