package io.godwit.engine.switchover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.migration.MigrationState;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandOverTest {
    private final MigrationState state = new MigrationState(status -> {});
    private final HandOver handOver = new HandOver(state);

    HandOverTest() {
        state.advance(MigrationStatus.NONE, MigrationStatus.SETUP);
        state.advance(MigrationStatus.SETUP, MigrationStatus.ACTIVE);
    }

    private CompletableFuture<Void> giving() {
        return CompletableFuture.runAsync(() -> {
            try {
                handOver.give(() -> {});
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    @Test
    void givesAtOnceWhereNobodyWantsToDecide() throws IOException {
        handOver.give(() -> {});
        assertThat(handOver.isGiven()).isTrue();
        assertThat(handOver.cancel()).isFalse();
    }

    @Test
    void keepsWhatWasCancelledBefore() {
        assertThat(handOver.cancel()).isTrue();
        assertThatThrownBy(() -> handOver.give(() -> {})).hasMessage("cancelled before the hand-over");
        assertThat(handOver.isGiven()).isFalse();
    }

    @Test
    void waitsForTheDecisionAndIsNotCancelledMeanwhile() {
        handOver.wantDecision();
        var giving = giving();
        assertThat(handOver.awaitReady()).isTrue();
        assertThat(handOver.isGiven()).isFalse();
        assertThat(handOver.cancel()).as("whoever decides counts on it").isFalse();
        handOver.decide(true);
        giving.join();
        assertThat(handOver.isGiven()).isTrue();
    }

    @Test
    void keepsWhatIsDecidedToBeKept() {
        handOver.wantDecision();
        var giving = giving();
        assertThat(handOver.awaitReady()).isTrue();
        handOver.decide(false);
        handOver.decide(true);
        assertThatThrownBy(giving::join).hasRootCauseMessage("kept: what was to move with it does not");
        assertThat(handOver.isGiven()).isFalse();
    }

    @Test
    void isNeverReadyOnceTheMigrationHasEnded() {
        handOver.wantDecision();
        assertThat(handOver.cancel()).as("nothing waits for a decision yet").isTrue();
        handOver.end();
        assertThat(handOver.awaitReady()).isFalse();
    }

    @Test
    void canBeCancelledAfterADeedThatFailed() {
        assertThatThrownBy(() -> handOver.give(() -> {
            throw new IOException("full");
        })).hasMessage("full");
        assertThat(handOver.cancel()).isTrue();
    }
}
