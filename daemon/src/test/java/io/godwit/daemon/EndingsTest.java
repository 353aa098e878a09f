package io.godwit.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class EndingsTest {

    @Test
    void theFirstReasonCounts() {
        var endings = new Endings();
        endings.note(new Ending.IncomingFailed("no such peer"));
        endings.note(new Ending.Quit());

        assertThat(endings.await()).isEqualTo(new Ending.IncomingFailed("no such peer"));
    }

    @Test
    void onlyAFailedIncomingMigrationIsAFailure() {
        assertThat(new Ending.Quit().exitStatus()).isZero();
        assertThat(new Ending.Signal().exitStatus()).isZero();
        assertThat(new Ending.IncomingFailed("").exitStatus()).isEqualTo(1);
    }
}
