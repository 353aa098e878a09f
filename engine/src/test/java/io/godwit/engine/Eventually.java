package io.godwit.engine;

import static org.assertj.core.api.Assertions.fail;

import io.godwit.engine.migration.MigrationState;
import io.godwit.protocol.qapi.MigrationStatus;
import java.util.function.BooleanSupplier;

/** Waits for a state, never for a time. */
public final class Eventually {
    private static final long DEADLINE_NANOS = 20_000_000_000L;

    private Eventually() {}

    static void status(MigrationState state, MigrationStatus expected) {
        until("status " + expected + ", error " + state.errorDesc(), () -> state.status() == expected);
    }

    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_NANOS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                fail("never: " + what);
            }
            Thread.onSpinWait();
        }
    }
}
