package io.godwit.engine.precopy;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationParameters;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

/** When the guest is stopped: 1 GB was sent in a second, and the downtime limit is QEMU's 300 ms unless said otherwise. */
final class ConvergenceTest {
    private static final long SECOND = 1_000_000_000;
    private static final long MB = 1_000_000;

    private final Convergence convergence = new Convergence();

    ConvergenceTest() {
        convergence.measured(1000 * MB, SECOND);
    }

    private static MigrationParameters with(String name, long value) throws Exception {
        var arguments = JsonNodeFactory.instance.objectNode().put(name, value);
        return MigrationParameters.DEFAULTS.with(MigrateSetParametersArguments.TYPE.parse(arguments));
    }

    @Test
    void expectsTheTimeThatTheRestTakesAtTheSpeedMeasured() {
        assertThat(convergence.expectedDowntimeNanos(100 * MB, MigrationParameters.DEFAULTS)).isEqualTo(SECOND / 10);
        assertThat(convergence.expectedDowntimeNanos(0, MigrationParameters.DEFAULTS)).isZero();
    }

    @Test
    void believesTheOperatorRatherThanTheMeasurement() throws Exception {
        assertThat(convergence.expectedDowntimeNanos(100 * MB, with("avail-switchover-bandwidth", 200 * MB)))
                .isEqualTo(SECOND / 2);
    }

    @Test
    void goesOnWhileTheRestWouldTakeLongerThanTheLimit() throws Exception {
        assertThat(convergence.reached(400 * MB, MigrationParameters.DEFAULTS)).isFalse();
        assertThat(convergence.reached(400 * MB, with("downtime-limit", 500))).isTrue();
    }

    @Test
    void withinTheLimitGoesOnAsLongAsAPassHalvesTheRest() {
        assertThat(convergence.reached(200 * MB, MigrationParameters.DEFAULTS)).isFalse(); // the first: halves what was unknown
        assertThat(convergence.reached(90 * MB, MigrationParameters.DEFAULTS)).isFalse();
        assertThat(convergence.reached(80 * MB, MigrationParameters.DEFAULTS)).isTrue();
    }

    @Test
    void stopsAtOnceWhenTheRestIsNextToNothing() {
        assertThat(convergence.reached(4 * MB, MigrationParameters.DEFAULTS)).isTrue();
    }

    @Test
    void withoutAnyMeasurementOnlyNothingIsLittleEnough() {
        var fresh = new Convergence();
        assertThat(fresh.reached(1, MigrationParameters.DEFAULTS)).isFalse();
        assertThat(fresh.reached(0, MigrationParameters.DEFAULTS)).isTrue();
    }

    @Test
    void aShortMeasurementWaitsForAnother() {
        convergence.measured(1, 10); // one byte in ten nanoseconds says nothing
        assertThat(convergence.bytesPerSecond()).isEqualTo(1000 * MB);
        convergence.measured(50 * MB, SECOND / 10);
        assertThat(convergence.bytesPerSecond()).isBetween(499 * MB, 501 * MB);
    }
}
