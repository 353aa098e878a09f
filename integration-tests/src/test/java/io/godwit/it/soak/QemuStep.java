package io.godwit.it.soak;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.Until;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;

/** What is done to a guest of a stock QEMU. */
enum QemuStep {
    HOLD {
        @Override
        String take(QemuGuest guest, Yard yard, Random random) {
            return throughHolder(guest, yard, random.nextBoolean());
        }
    },
    SNAPSHOT {
        @Override
        String take(QemuGuest guest, Yard yard, Random random) {
            guest.at().qmp().setCapabilities("background-snapshot");
            migrate(guest.at(), guest.holder().daemon().listen("unix:" + yard.fresh()));
            QemuGuest.awaitCompletion(guest.at(), guest.holder().daemon());
            QemuProcess copy = guest.goesOnFromHolder();
            copy.qmp().execute("cont");
            guest.assertUnharmed(copy);
            yard.end(copy);
            return "completed";
        }
    },
    RESTORE {
        @Override
        String take(QemuGuest guest, Yard yard, Random random) {
            Path file = yard.fresh();
            guest.at().qmp().setCapabilities("mapped-ram");
            migrate(guest.at(), "file:" + file);
            guest.at().qmp().awaitMigration(COMPLETED);
            Path monitor = yard.fresh();
            QemuProcess next = guest.waiting("-qmp", "unix:" + monitor + ",server=on,wait=off");
            next.qmp(); // so that its monitors listen
            QmpClient pager = guest.pager().daemon().qmp();
            String id = pager.execute("x-godwit-restore", Map.of("file", file.toString(), "uri", "unix:" + yard.fresh(),
                    "qmp", "unix:" + monitor)).get("id").asString();
            Until.holds(id + " is completed", () -> isCompleted(pager, id));
            assertThat(next.ramDigest()).isEqualTo(guest.at().ramDigest());
            next.qmp().execute("cont");
            guest.movedTo(next);
            return "completed";
        }

        @Override
        boolean usesPager() {
            return true;
        }
    },
    KILL {
        @Override
        String take(QemuGuest guest, Yard yard, Random random) {
            guest.at().qmp().setParameter("max-bandwidth", SLOW);
            migrate(guest.at(), guest.holder().daemon().listen("unix:" + yard.fresh()));
            Until.holds("some of it was sent",
                    () -> guest.at().qmp().queryMigrate().at("/ram/transferred").asLong(0) > SOME_PROGRESS);
            guest.at().kill();
            guest.holder().daemon().qmp().awaitMigration(FAILED);
            guest.lost();
            return "failed, died with its process";
        }
    };

    private static final long SLOW = 4 << 20;
    private static final long SOME_PROGRESS = 1 << 20;

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Whether the daemon that takes part is the one that serves restores; else it is the one that holds guests. */
    boolean usesPager() {
        return false;
    }

    /** Does it, tells the guest where it is then, and says what came of it. */
    abstract String take(QemuGuest guest, Yard yard, Random random);

    private static void migrate(QemuProcess source, String uri) {
        source.qmp().execute("migrate", Map.of("uri", uri));
    }

    private static String throughHolder(QemuGuest guest, Yard yard, boolean postcopy) {
        QmpClient holder = guest.holder().daemon().qmp();
        if (postcopy) {
            guest.at().qmp().setCapabilities("postcopy-ram");
            holder.setCapabilities("postcopy-ram");
            // So slow that it cannot be over before it is told to go on there.
            guest.at().qmp().setParameter("max-bandwidth", SLOW);
        }
        migrate(guest.at(), guest.holder().daemon().listen("unix:" + yard.fresh()));
        if (postcopy) {
            guest.at().qmp().execute("migrate-start-postcopy");
        }
        QemuGuest.awaitCompletion(guest.at(), guest.holder().daemon());
        holder.clearCapabilities("postcopy-ram");
        QemuProcess next = guest.goesOnFromHolder();
        assertThat(next.ramDigest()).isEqualTo(guest.at().ramDigest());
        next.qmp().execute("cont");
        guest.movedTo(next);
        return postcopy ? "completed by postcopy" : "completed";
    }

    private static boolean isCompleted(QmpClient pager, String id) {
        JsonNode restore = pager.execute("x-godwit-query-restores").valueStream()
                .filter(each -> each.get("id").asString().equals(id)).findFirst().orElseThrow();
        String status = restore.get("status").asString();
        if (status.equals("failed")) {
            throw new AssertionError(id + " failed: " + restore);
        }
        return status.equals("completed");
    }
}
