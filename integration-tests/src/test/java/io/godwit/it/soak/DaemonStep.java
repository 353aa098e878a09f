package io.godwit.it.soak;

import static io.godwit.protocol.qapi.MigrationStatus.CANCELLED;
import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_ACTIVE;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.QmpError;
import io.godwit.it.fixture.Until;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** What is done to a guest that runs in a daemon. */
enum DaemonStep {
    PRECOPY {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            String with = oneOf(random, "nothing", "return-path", "multifd", "xbzrle");
            DaemonProcess next = guest.waiting();
            if (!with.equals("nothing")) {
                setBoth(guest.at(), next, with);
            }
            migrate(guest.at(), next.listen(random.nextBoolean() ? "tcp:127.0.0.1:0" : "unix:" + yard.fresh()));
            guest.at().qmp().awaitMigration(COMPLETED);
            guest.movedTo(next, word() + " with " + with);
            return "completed with " + with;
        }
    },
    POSTCOPY {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            DaemonProcess next = guest.waiting();
            boolean preempt = random.nextBoolean();
            givenAway(guest, next, yard, preempt ? "postcopy-ram,postcopy-preempt" : "postcopy-ram");
            int cuts = random.nextInt(3);
            for (int cut = 0; cut < cuts; cut++) {
                (random.nextBoolean() ? guest.at() : next).qmp().execute("migrate-pause");
                guest.at().qmp().awaitMigration(POSTCOPY_PAUSED);
                next.qmp().awaitMigration(POSTCOPY_PAUSED);
                String again = "unix:" + yard.fresh();
                next.qmp().execute("migrate-recover", Map.of("uri", again));
                guest.at().qmp().execute("migrate", Map.of("uri", again, "resume", true));
                guest.at().qmp().awaitMigration(POSTCOPY_ACTIVE);
                next.qmp().awaitMigration(POSTCOPY_ACTIVE);
            }
            guest.at().qmp().setParameter("max-postcopy-bandwidth", 0);
            guest.at().qmp().awaitMigration(COMPLETED);
            next.qmp().awaitMigration(COMPLETED);
            String how = (preempt ? "preempt, " : "") + cuts + " cuts";
            guest.movedTo(next, word() + " with " + how);
            return "completed with " + how;
        }
    },
    LOCALHOST {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            DaemonProcess next = guest.waiting();
            guest.at().qmp().execute("localhost-migrate", Map.of("uri", next.listen("unix:" + yard.fresh())));
            guest.at().qmp().awaitMigration(COMPLETED);
            guest.movedTo(next, word());
            return "completed";
        }
    },
    UPGRADE {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            guest.at().upgrade();
            guest.upgraded();
            return "completed";
        }
    },
    SAVE_AND_LOAD {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            Path file = saved(guest, yard, "mapped-ram");
            boolean lazily = random.nextBoolean();
            DaemonProcess next = loaded(guest, file, lazily ? "mapped-ram,postcopy-ram" : "mapped-ram");
            String how = lazily ? "running at once" : "then running";
            guest.movedTo(next, word() + " " + how);
            return "completed, " + how;
        }
    },
    SNAPSHOT {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            DaemonProcess copy = loaded(guest, saved(guest, yard, "background-snapshot,mapped-ram"), "mapped-ram");
            assertThat(copy.verify()).isNotBlank();
            yard.end(copy);
            guest.stayed(word());
            return "completed";
        }
    },
    CANCEL {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            DaemonProcess next = guest.waiting();
            begun(guest, next, yard, random.nextInt(MOST_BYTES));
            guest.at().qmp().execute("migrate_cancel");
            guest.at().qmp().awaitMigration(CANCELLED);
            yard.end(next);
            guest.stayed(word());
            return "cancelled";
        }
    },
    KILL_DESTINATION {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            DaemonProcess next = guest.waiting();
            begun(guest, next, yard, random.nextInt(MOST_BYTES));
            next.kill();
            assertThat(guest.at().qmp().awaitMigration(FAILED).path("error-desc").asString()).isNotBlank();
            yard.end(next);
            guest.stayed(word());
            return "failed, ran on";
        }
    },
    KILL_SOURCE {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            DaemonProcess next = guest.waiting();
            begun(guest, next, yard, random.nextInt(MOST_BYTES));
            guest.at().kill();
            next.qmp().awaitMigration(FAILED);
            guest.lostWith(guest.at(), next);
            return "failed, died with its process";
        }
    },
    KILL_IN_POSTCOPY {
        @Override
        String take(OwnGuest guest, Yard yard, Random random) {
            DaemonProcess source = guest.at();
            DaemonProcess next = guest.waiting();
            givenAway(guest, next, yard, "postcopy-ram");
            boolean sourceDies = random.nextBoolean();
            (sourceDies ? source : next).kill();
            (sourceDies ? next : source).qmp().awaitMigration(POSTCOPY_PAUSED);
            if (!sourceDies) {
                assertThatThrownBy(() -> source.qmp().execute("cont")).isInstanceOf(QmpError.class);
            }
            guest.lostWith(source, next);
            return sourceDies ? "source killed, waits for good" : "destination killed, never ran twice";
        }
    };

    /** Those after which the guest is where it was. */
    static final List<DaemonStep> STAYING = List.of(SNAPSHOT, CANCEL, KILL_DESTINATION);

    private static final long SLOW = 8 << 20;
    /** Much less than a guest has, so that nothing is over too early. */
    private static final int MOST_BYTES = 8 << 20;

    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    /** Does it, tells the guest where it is then, and says what came of it. */
    abstract String take(OwnGuest guest, Yard yard, Random random);

    private static String oneOf(Random random, String... words) {
        return words[random.nextInt(words.length)];
    }

    private static void set(DaemonProcess daemon, String capabilities) {
        daemon.qmp().setCapabilities(capabilities.split(",", -1));
    }

    private static void setBoth(DaemonProcess source, DaemonProcess destination, String capabilities) {
        set(source, capabilities);
        set(destination, capabilities);
    }

    /** The guest is in a file, all of it. */
    private static Path saved(OwnGuest guest, Yard yard, String capabilities) {
        Path file = yard.fresh();
        set(guest.at(), capabilities);
        migrate(guest.at(), "file:" + file);
        guest.at().qmp().awaitMigration(COMPLETED);
        return file;
    }

    /** One of its kind that has come out of the file. */
    private static DaemonProcess loaded(OwnGuest guest, Path file, String capabilities) {
        DaemonProcess next = guest.waiting();
        set(next, capabilities);
        next.listen("file:" + file);
        next.qmp().awaitMigration(COMPLETED);
        return next;
    }

    /** As a daemon is that nobody has told anything. */
    static void plain(DaemonProcess daemon) {
        daemon.qmp().clearCapabilities("return-path", "multifd", "xbzrle", "background-snapshot", "postcopy-preempt",
                "postcopy-ram", "mapped-ram");
        daemon.qmp().execute("migrate-set-parameters", Map.of("max-bandwidth", 0, "max-postcopy-bandwidth", 0));
    }

    private static void migrate(DaemonProcess source, String uri) {
        source.qmp().execute("migrate", Map.of("uri", uri));
    }

    /** A slow migration has sent so much, and the guest runs at its source. */
    private static void begun(OwnGuest guest, DaemonProcess next, Yard yard, long bytes) {
        guest.at().qmp().setParameter("max-bandwidth", SLOW);
        migrate(guest.at(), next.listen("unix:" + yard.fresh()));
        Until.holds(bytes + " bytes were sent",
                () -> guest.at().qmp().queryMigrate().at("/ram/transferred").asLong(0) >= bytes);
    }

    /** The guest runs at its destination, and its memory comes slowly. */
    private static void givenAway(OwnGuest guest, DaemonProcess next, Yard yard, String capabilities) {
        setBoth(guest.at(), next, capabilities);
        guest.at().qmp().execute("migrate-set-parameters",
                Map.of("max-bandwidth", SLOW, "max-postcopy-bandwidth", SLOW / 2));
        migrate(guest.at(), next.listen("unix:" + yard.fresh()));
        guest.at().qmp().execute("migrate-start-postcopy");
        next.qmp().awaitRunState("running");
    }
}
