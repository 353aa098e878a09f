package io.godwit.engine.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.protocol.qapi.MigrationStatus;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which steps a migration's status may take. */
final class MigrationStateTest {
    private final List<MigrationStatus> told = new ArrayList<>();
    private final MigrationState state = new MigrationState(told::add);

    @ParameterizedTest
    @EnumSource(names = {"SETUP", "ACTIVE", "PRE_SWITCHOVER", "DEVICE"})
    void canBeCancelledOnceWhileUnderWay(MigrationStatus status) {
        assertThat(state.advance(MigrationStatus.NONE, status)).isTrue();
        assertThat(state.cancel()).isTrue();
        assertThat(state.cancel()).isFalse();
        assertThat(state.advance(status, MigrationStatus.COMPLETED)).as("too late").isFalse();
        assertThat(state.advance(MigrationStatus.CANCELLING, MigrationStatus.CANCELLED)).isTrue();
        assertThat(told).containsExactly(status, MigrationStatus.CANCELLING, MigrationStatus.CANCELLED);
    }

    @ParameterizedTest
    @EnumSource(names = {"POSTCOPY_ACTIVE", "POSTCOPY_PAUSED", "POSTCOPY_RECOVER_SETUP", "POSTCOPY_RECOVER"})
    void canOnlyGoOnOnceTheGuestHasGoneBeforeItsMemory(MigrationStatus status) {
        state.advance(MigrationStatus.NONE, status);
        assertThat(state.isPostcopy()).isTrue();
        assertThat(state.cancel()).isFalse();
        state.noteError("lost");
        state.forgetError();
        assertThat(state.errorDesc()).isEmpty();
        assertThat(state.advance(status, MigrationStatus.COMPLETED)).isTrue();
        assertThat(state.isPostcopy()).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"NONE", "COMPLETED", "FAILED", "CANCELLED", "CANCELLING"})
    void cannotBeCancelledBeforeOrAfter(MigrationStatus status) {
        state.advance(MigrationStatus.NONE, status);
        told.clear();
        assertThat(state.cancel()).isFalse();
        assertThat(told).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"COMPLETED", "FAILED", "CANCELLED"})
    void failsOnlyWhileUnderWay(MigrationStatus end) {
        state.advance(MigrationStatus.NONE, end);
        state.fail("late");
        assertThat(state.status()).isEqualTo(end);
        assertThat(state.errorDesc()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(names = {"SETUP", "ACTIVE", "CANCELLING"})
    void keepsTheFirstError(MigrationStatus status) {
        state.advance(MigrationStatus.NONE, status);
        state.noteError("the cause");
        state.fail("the consequence");
        assertThat(state.status()).isEqualTo(MigrationStatus.FAILED);
        assertThat(state.errorDesc()).contains("the cause");
    }
}
