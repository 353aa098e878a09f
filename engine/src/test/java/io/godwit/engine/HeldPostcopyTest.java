package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.protocol.qapi.HeldGuestInfo;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A guest that cannot run here takes its pages as they come, in postcopy as in precopy, and can be sent on. */
final class HeldPostcopyTest extends EngineTest {
    private static final int PAGES = 16;

    private byte[] devices = {};

    @BeforeEach
    void record() throws Exception {
        DirtyTracking.assume(); // the kernel of the one it is sent on to
        devices = HandmadeStream.devices(dir, 42);
    }

    private void arrivesAndGoesOn(Supplier<HeldSide> kind) throws Exception {
        var here = socket();
        try (HeldSide held = kind.get().with(MigrationCapability.POSTCOPY_RAM); Side next = Side.waiting(PAGES)) {
            IncomingMigration in = held.await(here);
            try (var source = ScriptedSource.connect(socket().path())) {
                source.send(ScriptedSource.head(PAGES).part().page("pc.ram", 0, 1).page("pc.ram", 1, 11)
                        .page("pc.ram", 9, 9).eos());
                source.send(ScriptedSource.discard("pc.ram", 1, 1)).send(ScriptedSource.discard("pc.ram", 9, 1))
                        .send(ScriptedSource.packaged(devices));
                assertThat(source.heard()).isEqualTo("PONG 1");
                assertThat(source.heard()).isEqualTo("PONG 3");
                source.send(HandmadeStream.bare().part().page("pc.ram", 1, 12).page("pc.ram", 15, 5).eos());
            }
            Eventually.status(in.state(), MigrationStatus.POSTCOPY_PAUSED);
            assertThat(held.run.state()).isEqualTo(RunState.INMIGRATE);
            in.recover(here);
            try (var source = ScriptedSource.connect(socket().path())) {
                source.send(ScriptedSource.askReceived("pc.ram"));
                assertThat(source.heard()).isEqualTo("RECEIVED pc.ram 8003");
                source.send(HandmadeStream.bare().command(9).part().page("pc.ram", 3, 33).eos().end().eos()
                        .bytes(new byte[1]));
                assertThat(source.heard()).isEqualTo("RESUME_ACK 1");
                assertThat(source.heard()).isEqualTo("SHUT 0");
            }
            in.join();
            assertThat(held.run.state()).isEqualTo(RunState.PAUSED);
            assertThat(held.guest.info().orElseThrow().devices()).extracting(HeldGuestInfo.DeviceSection::name)
                    .containsExactly("globalstate", "counter");
            var on = new Endpoint.Unix(dir.resolve("on"));
            IncomingMigration arriving = next.await(on);
            OutgoingMigration out = held.without().migrate(on);
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            arriving.join();
            out.join();
            assertThat(next.guest.device().counter).isEqualTo(42);
            long[] expected = {1, 12, 0, 33, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5};
            for (int i = 0; i < PAGES; i++) {
                assertThat(next.guest.read(i)).as("page %d", i).isEqualTo(expected[i]);
            }
        }
    }

    @Test
    void inMemory() throws Exception {
        arrivesAndGoesOn(() -> HeldSide.inMemory(1 << 20));
    }

    @Test
    void inAFile() throws Exception {
        arrivesAndGoesOn(() -> HeldSide.inFile(dir.resolve("held"), 1 << 20));
    }
}
