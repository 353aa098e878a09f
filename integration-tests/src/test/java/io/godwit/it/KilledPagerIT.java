package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.Outcomes;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RestoreTest;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * A daemon that serves guests dies, again and again, at whatever point of their restores; guests that run live on, and the next
 * daemon finds them by itself. {@code -Dgodwit.kills=50} for a long run, {@code -Dgodwit.seed=N} for another one; what came of
 * each kill stands in {@code target/pager-kills.txt}.
 */
@RequiresQemu
@RequiresBinutils
class KilledPagerIT extends RestoreTest {

    private static final int KILLS = Integer.getInteger("godwit.kills", 10);
    /** Each of these costs a QEMU and two daemons. */
    private static final int EARLY_KILLS = Math.max(2, KILLS / 10);
    private static final long SEED = Long.getLong("godwit.seed", 6);
    private static final int GUESTS = 3;
    /** Between two deaths: a guest asks for a thousand pages or less in its life, since neighbours come along. */
    private static final int MOST_REQUESTS = Math.max(8, 2000 / KILLS);
    private static final int LOOKS_AT_NOTHING_NEW = 100;
    /** A QEMU that is in the middle of a load whose source is gone may never answer again. */
    private static final Duration AS_LONG_AS_A_QEMU_MAY_LOAD = Duration.ofSeconds(2);

    private final Outcomes outcomes = new Outcomes("pager-kills");

    /** When a daemon that goes on with restores is killed. */
    private enum Moment {
        /** While it finds them, connects and asks what has come. */
        IN_RECOVERY,
        /** As soon as one of the QEMUs says that it goes on. */
        AT_RESUME,
        WHILE_PAGES_COME;

        static Moment of(int number) {
            return values()[number % values().length];
        }
    }

    private static boolean allBecame(String status, DaemonProcess pager, List<String> ids) {
        return ids.stream().allMatch(id -> restore(pager, id).get("status").asString().equals(status));
    }

    private static long requests(DaemonProcess pager, List<String> ids) {
        return ids.stream().mapToLong(id -> restore(pager, id).at("/ram/postcopy-requests").asLong(0)).sum();
    }

    /** Waits until so many are answered, or no more come: the guests may have all that they touch. */
    private static void awaitRequests(DaemonProcess pager, List<String> ids, long point) {
        var before = new AtomicLong(-1);
        var same = new AtomicLong();
        Until.holds("it has answered " + point + " requests, or all", () -> {
            long now = requests(pager, ids);
            same.set(before.getAndSet(now) == now ? same.get() + 1 : 0);
            return now >= point || same.get() >= LOOKS_AT_NOTHING_NEW;
        });
    }

    @Test
    void everyGuestThatRunsEndsWholeHoweverOftenItsDaemonIsKilled() {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        List<QemuProcess> guests = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < GUESTS; i++) {
            guests.add(destination("destination-" + i, QemuMachine.pc(guest())));
            guests.get(i).qmp().setCapabilities("events");
            ids.add(begin(pager, file, guests.get(i), "on-demand"));
        }
        for (QemuProcess each : guests) {
            each.qmp().awaitRunState("running"); // before that a death costs a QEMU, as the other test shows
        }

        var random = new Random(SEED);
        long resumes = 0; // they have just begun, which counts as one
        for (int kill = 1; kill <= KILLS; kill++) {
            long before = resumes;
            Moment moment = Moment.of(random.nextInt(Moment.values().length));
            await(moment, pager, ids, () -> resumes(guests) > before, random);
            if (kill % 4 == 0) {
                pager.terminate(); // restores are left to the next one then, too
                pager.awaitExit();
            } else {
                pager.kill();
            }
            for (QemuProcess each : guests) {
                String left = each.isAlive() ? "lives on" : "has ended";
                outcomes.add((kill % 4 == 0 ? "SIGTERM " : "SIGKILL ") + moment, left);
                assertThat(left).as("%s after kill %d, from seed %d", each.name(), kill, SEED).isEqualTo("lives on");
            }
            resumes = resumes(guests);
            pager = pager("pager-" + kill);
            pager.qmp();
        }
        for (String id : ids) {
            awaitRestore(pager, id, "postcopy-active");
            pager.qmp().execute("x-godwit-restore-push", Map.of("id", id));
            awaitRestore(pager, id, "completed");
        }
        guests.forEach(each -> guest().assertGoesOnUnharmed(each));
        assertThat(ledger()).content().doesNotContain("restore-");
        outcomes.print();
    }

    /** How often the QEMUs have said that pages come again; they say so by themselves, while a command might wait for a page. */
    private static long resumes(List<QemuProcess> guests) {
        return guests.stream().flatMap(each -> each.qmp().migrationEvents().stream()).filter("postcopy-active"::equals)
                .count();
    }

    private static void await(Moment moment, DaemonProcess pager, List<String> ids, BooleanSupplier resumed,
            Random random) {
        switch (moment) {
            case IN_RECOVERY -> {
                for (int looks = random.nextInt(30); looks > 0; looks--) {
                    requests(pager, ids);
                }
            }
            case AT_RESUME -> Until.holds("a QEMU goes on", resumed);
            case WHILE_PAGES_COME -> {
                Until.holds("all guests are served", () -> allBecame("postcopy-active", pager, ids));
                awaitRequests(pager, ids, random.nextInt(MOST_REQUESTS));
            }
        }
    }

    /** A guest has done nothing that could be lost before it runs: its file gives it once more. */
    @Test
    void beforeTheGuestRunsADeathCostsAQemuAndTheFileIsAsGoodAsBefore() throws IOException {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        Path copy = Files.copy(file, directory().resolve("copy"));
        for (int kill = 1; kill <= EARLY_KILLS; kill++) {
            String point = kill % 2 == 0 ? "active" : "postcopy-active";
            DaemonProcess killed = pager("killed-" + kill);
            QemuProcess first = destination("first-" + kill, QemuMachine.pc(guest()));
            first.qmp().setCapabilities("events");
            String id = begin(killed, file, first, "on-demand");
            Until.holds("the QEMU says " + point, () -> first.qmp().migrationEvents().contains(point));
            killed.kill();

            String left = left(first);
            outcomes.add("SIGKILL at the QEMU's first " + point, left);
            DaemonProcess next = pager("next-" + kill);
            if (left.equals("runs")) {
                finish(next, id, first);
            } else {
                first.kill();
                assertThat(awaitRestore(next, id, "failed").get("error-desc").asString()).isNotBlank();
                assertThat(Files.mismatch(file, copy)).isEqualTo(-1);
                QemuProcess second = destination("second-" + kill, QemuMachine.pc(guest()));
                finish(next, begin(next, file, second, "on-demand"), second);
            }
            assertThat(ledger()).content().doesNotContain("restore-");
            next.kill();
        }
        outcomes.print();
    }

    private void finish(DaemonProcess pager, String id, QemuProcess qemu) {
        awaitRestore(pager, id, "postcopy-active");
        pager.qmp().execute("x-godwit-restore-push", Map.of("id", id));
        awaitRestore(pager, id, "completed");
        guest().assertGoesOnUnharmed(qemu);
    }

    /** Its events alone tell: it may have ended, and may be deaf to commands. */
    private static String left(QemuProcess qemu) {
        boolean decided = Until.holdsWithin(AS_LONG_AS_A_QEMU_MAY_LOAD,
                () -> !qemu.isAlive() || qemu.qmp().eventNames().contains("RESUME"));
        return !decided ? "waits in vain" : qemu.isAlive() ? "runs" : "has ended";
    }
}
