package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import org.junit.jupiter.api.Test;

/** A destination that nobody has come to yet can be told anew where its source comes from. */
class WithdrawnIncomingTest extends EngineTest {
    private static final int PAGES = 8;

    @Test
    void waitsNoMoreAndCanBeToldAnew() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            IncomingMigration first = target.await(socket());

            assertThat(first.withdraw()).isTrue();

            assertThat(target.told).containsExactly("setup", "cancelling", "cancelled");
            assertThat(target.run.state()).isEqualTo(RunState.INMIGRATE);
            assertThat(socket().path()).doesNotExist();
            IncomingMigration second = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(second.state(), MigrationStatus.COMPLETED);
            assertThat(first.withdraw()).isFalse();
        }
    }

    @Test
    void isNotWithdrawnFromASourceThatHasCome() throws Exception {
        try (Side source = Side.running(PAGES); Side target = Side.waiting(PAGES)) {
            IncomingMigration in = target.await(socket());
            OutgoingMigration out = source.migrate(socket());
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            Eventually.status(in.state(), MigrationStatus.COMPLETED);

            assertThat(in.withdraw()).isFalse();

            assertThat(target.run.state()).isEqualTo(RunState.RUNNING);
        }
    }
}
