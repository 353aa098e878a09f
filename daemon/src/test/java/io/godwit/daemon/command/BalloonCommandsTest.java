package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.EngineEvents;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.GuestSpec.FreeMemory;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qmp.QmpErrorClass;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The commands in front of a real engine, whose guest has a balloon or none. */
@Timeout(60)
class BalloonCommandsTest {
    private static final long MIB = 1 << 20;

    private final LinkedBlockingQueue<Long> changes = new LinkedBlockingQueue<>();

    private MigrationEngine engine(boolean balloon) throws IOException {
        var workload = new GuestSpec.Workload(1, MIB, 0, new FreeMemory(true, false, false, balloon), 0, 0,
                Optional.empty());
        return MigrationEngine.start(new GuestSpec("", workload, 16 * MIB, new GuestSpec.Ram.Anonymous(), false, false,
                Optional.empty(), true), new EngineEvents() {
                    @Override
                    public void balloonChanged(long bytesLeft) {
                        changes.add(bytesLeft);
                    }
                });
    }

    private static <A> JsonNode run(Command<A> command, ObjectNode arguments) throws QmpException, MigrationException {
        return command.execute(command.arguments().parse(arguments), new Nobody());
    }

    private static JsonNode balloon(MigrationEngine engine, long value) throws QmpException, MigrationException {
        return run(new SetBalloon(engine), Json.object().put("value", value));
    }

    private static long actual(MigrationEngine engine) throws QmpException, MigrationException {
        return run(new QueryBalloon(engine), Json.object()).get("actual").asLong();
    }

    @Test
    void theGuestDoesWithLessAndSaysSo() throws Exception {
        try (MigrationEngine engine = engine(true)) {
            assertThat(actual(engine)).isEqualTo(16 * MIB);
            assertThat(balloon(engine, 4 * MIB)).isEqualTo(Json.object());
            assertThat(changes.take()).isEqualTo(4 * MIB);
            assertThat(actual(engine)).isEqualTo(4 * MIB);
            balloon(engine, 64 * MIB);
            assertThat(changes.take()).isEqualTo(16 * MIB);
            JsonNode free = new QueryFreePages(engine).execute();
            assertThat(free.get("balloon").asBoolean()).isTrue();
            assertThat(free.get("hints").asBoolean()).isFalse();
            assertThat(free.get("returned-pages").asLong()).isEqualTo(12 * MIB / 4096);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, -1, Long.MIN_VALUE})
    void aSizeIsExpected(long value) throws Exception {
        try (MigrationEngine engine = engine(true)) {
            assertThatThrownBy(() -> balloon(engine, value)).isInstanceOf(QmpException.class)
                    .hasMessage("Parameter 'target' expects a size");
            assertThat(changes.poll(0, TimeUnit.SECONDS)).isNull();
        }
    }

    @Test
    void aGuestWithoutABalloonIsAnsweredAsByQemu() throws Exception {
        try (MigrationEngine engine = engine(false)) {
            assertThatThrownBy(() -> balloon(engine, 0)).satisfies(BalloonCommandsTest::isNotActive);
            assertThatThrownBy(() -> actual(engine)).satisfies(BalloonCommandsTest::isNotActive);
            assertThat(new QueryFreePages(engine).execute().get("balloon").asBoolean()).isFalse();
        }
    }

    private static void isNotActive(Throwable thrown) {
        assertThat(thrown).isInstanceOfSatisfying(QmpException.class, e -> {
            assertThat(e.error().errorClass()).isEqualTo(QmpErrorClass.DEVICE_NOT_ACTIVE);
            assertThat(e.error().desc()).isEqualTo("No balloon device has been activated");
        });
    }
}
