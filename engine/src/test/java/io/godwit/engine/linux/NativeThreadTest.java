package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.engine.linux.ffi.PollH;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class NativeThreadTest {
    private static final int NEVER = 600_000;
    /** One that gets no processor would else have its queue of signals full (EAGAIN). */
    private static final long SIGNAL_INTERVAL_NANOS = 100_000;

    @Test
    void knowsItsIdAsTheKernelDoes() throws Exception {
        var comm = new CompletableFuture<String>();
        Thread thread = Thread.ofPlatform().name("known-by-name").start(() -> comm.completeAsync(
                () -> nameOf(NativeThread.currentId()), Runnable::run));
        assertThat(comm.get()).isEqualTo("known-by-name\n");
        thread.join();
    }

    private static String nameOf(int threadId) {
        try {
            return Files.readString(Path.of("/proc/self/task/" + threadId + "/comm"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The signal may come before the thread is in its call: it is repeated until the call has ended, as for a vCPU. */
    @Test
    void signalEndsABlockingCall() throws Exception {
        Signals.ignoreWithNoop(Signals.KICK);
        var id = new CompletableFuture<Integer>();
        var result = new CompletableFuture<Integer>();
        Thread thread = Thread.ofPlatform().start(() -> {
            id.complete(NativeThread.currentId());
            result.complete(PollH.poll(MemorySegment.NULL, 0, NEVER));
        });
        while (!result.isDone()) {
            NativeThread.signal(id.get(), Signals.KICK);
            LockSupport.parkNanos(SIGNAL_INTERVAL_NANOS);
        }
        assertThat(Errno.ofResult(result.get())).isEqualTo(Errno.EINTR);
        thread.join();
        NativeThread.signal(id.get(), Signals.KICK); // gone: nothing happens
    }

    @Test
    void refusesSignalsThatDoNotExistOrCannotBeHandled() {
        assertThatExceptionOfType(ErrnoException.class)
                .isThrownBy(() -> NativeThread.signal(NativeThread.currentId(), 1000))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
        assertThatExceptionOfType(ErrnoException.class).isThrownBy(() -> Signals.ignoreWithNoop(9))
                .satisfies(e -> assertThat(e.errno()).isEqualTo(Errno.EINVAL));
    }
}
