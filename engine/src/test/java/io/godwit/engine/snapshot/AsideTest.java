package io.godwit.engine.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.Eventually;
import io.godwit.engine.linux.NativeThread;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AsideTest {
    enum End {
        COMPLETE {
            @Override
            void of(Aside aside) {
                aside.complete();
            }
        },
        ABANDONED {
            @Override
            void of(Aside aside) {
                aside.abandon();
            }
        };

        abstract void of(Aside aside);
    }

    /** The last page may be saved before it is counted as copied: who waits for more then waits for what never comes. */
    @ParameterizedTest
    @EnumSource(End.class)
    void whoWaitsForMoreIsToldThatThereIsNone(End end) throws Exception {
        try (var aside = new Aside()) {
            Thread waiting = Thread.ofPlatform().start(aside::awaitSome);
            Eventually.until("it waits", () -> waiting.getState() == Thread.State.WAITING);
            end.of(aside);
            NativeThread.join(waiting);
        }
    }

    @Test
    void whoComesAfterTheEndDoesNotWait() throws Exception {
        try (var aside = new Aside()) {
            aside.complete();
            aside.awaitSome();
            assertThat(aside.hasPlenty()).isTrue();
        }
    }
}
