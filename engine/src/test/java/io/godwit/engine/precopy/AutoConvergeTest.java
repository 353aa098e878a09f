package io.godwit.engine.precopy;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationParameters;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/** How much a guest is slowed down that dirties more than half of what is sent: QEMU's defaults are 20 %, then 10 % more. */
final class AutoConvergeTest {
    private final AutoConverge autoConverge = new AutoConverge();

    private int pass(long dirtied, long sent) {
        return autoConverge.afterPass(dirtied, sent, MigrationParameters.DEFAULTS);
    }

    @Test
    void leavesAGuestAloneThatDirtiesLittle() {
        for (int i = 0; i < 10; i++) {
            assertThat(pass(400, 1000)).isZero();
        }
    }

    @Test
    void actsAtEverySecondPassThatIsTooHigh() {
        assertThat(pass(600, 1000)).isZero();
        assertThat(pass(600, 1000)).isEqualTo(20);
        assertThat(pass(600, 1000)).isEqualTo(20);
        assertThat(pass(600, 1000)).isEqualTo(30);
    }

    @Test
    void neverGoesBeyondTheMaximum() {
        int percent = 0;
        for (int i = 0; i < 100; i++) {
            percent = pass(600, 1000);
        }
        assertThat(percent).isEqualTo(99);
    }

    @Test
    void keepsTheThrottleWhenTheGuestHasBecomeSlowEnough() {
        pass(600, 1000);
        pass(600, 1000);
        assertThat(pass(100, 1000)).isEqualTo(20);
    }

    @Test
    void slowsDownGentlyNearTheEndWhenAskedTo() throws Exception {
        var arguments = JsonNodeFactory.instance.objectNode().put("cpu-throttle-tailslow", true);
        var gentle = MigrationParameters.DEFAULTS.with(MigrateSetParametersArguments.TYPE.parse(arguments));
        autoConverge.afterPass(1010, 1000, gentle);
        assertThat(autoConverge.afterPass(1010, 1000, gentle)).isEqualTo(20);
        autoConverge.afterPass(1010, 1000, gentle);
        assertThat(autoConverge.afterPass(1010, 1000, gentle)).isEqualTo(21);
    }
}
