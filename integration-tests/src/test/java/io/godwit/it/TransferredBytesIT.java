package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.CountingPeer;
import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.RequiresKvm;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** {@code ram.transferred} is true: it is what the peer received, counted by the peer. */
class TransferredBytesIT extends MigrationTest {

    @Test
    void areWhatThePeerReceivedFromAWorkload() throws IOException {
        reportTheBytesOf(GuestOptions.workload());
    }

    @Test
    @RequiresKvm
    void areWhatThePeerReceivedFromAMachine() throws IOException {
        reportTheBytesOf(GuestOptions.kvm());
    }

    private void reportTheBytesOf(GuestOptions guest) throws IOException {
        DaemonProcess source = daemon("source", guest);
        CountingPeer peer = closeAtEnd(CountingPeer.listening(directory().resolve("wire")));

        migrate(source, unixUri("wire"));

        JsonNode info = source.qmp().awaitMigration(COMPLETED);
        long received = peer.awaitEnd();
        assertThat(info.at("/ram/transferred").asLong()).isEqualTo(received).isPositive();
        assertThat(info.at("/ram/precopy-bytes").asLong() + info.at("/ram/downtime-bytes").asLong())
                .isLessThanOrEqualTo(received);
    }
}
