package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

/** For tests that need what not every kernel has. */
public final class DirtyTracking {

    private DirtyTracking() {}

    /** Skips the test, saying why, where written pages cannot be noted; fails it there in CI. */
    public static void assume() {
        var missing = KernelFeatures.probe().dirtyTracking();
        if ("true".equals(System.getenv("CI"))) {
            assertThat(missing).isEmpty();
        }
        assumeTrue(missing.isEmpty(), () -> String.join("; ", missing));
    }
}
