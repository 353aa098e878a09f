package io.godwit.engine.linux.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class CallStateTest {
    private static final int EBADF = 9;
    private static final int EINVAL = 22;
    private static final int CALLS = 300_000;

    /** One capture segment for all threads gave a wrong errno a few times in a million calls. */
    @Test
    void givesEachThreadTheErrnoOfItsOwnCall() throws Exception {
        var together = new CyclicBarrier(2);
        try (var threads = Executors.newFixedThreadPool(2)) {
            var badDescriptor = threads.submit(count(together, () -> Unistd.close(-1), -EBADF));
            var badWhence = threads.submit(count(together, () -> (int) Unistd.lseek(0, 0, 99), -EINVAL));
            assertThat(badDescriptor.get()).isEqualTo(CALLS);
            assertThat(badWhence.get()).isEqualTo(CALLS);
        }
    }

    private static Callable<Integer> count(CyclicBarrier together, Callable<Integer> call, int expected) {
        return () -> {
            together.await();
            int right = 0;
            for (int i = 0; i < CALLS; i++) {
                right += call.call() == expected ? 1 : 0;
            }
            return right;
        };
    }
}
