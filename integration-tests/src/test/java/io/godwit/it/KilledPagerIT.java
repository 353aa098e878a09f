package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RestoreTest;
import io.godwit.it.fixture.Until;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * A daemon that serves guests dies, again and again, at whatever point of their restores; the guests live on, and the next
 * daemon finds them by itself. {@code -Dgodwit.kills=50} for a long run, {@code -Dgodwit.seed=N} for another one.
 */
@RequiresQemu
@RequiresBinutils
class KilledPagerIT extends RestoreTest {

    private static final int KILLS = Integer.getInteger("godwit.kills", 12);
    private static final long SEED = Long.getLong("godwit.seed", 6);
    private static final int GUESTS = 3;
    /** Between two deaths: a guest asks for a thousand pages or less in its life, since neighbours come along. */
    private static final int MOST_REQUESTS = Math.max(8, 2000 / KILLS);

    private static final int LOOKS_AT_NOTHING_NEW = 100;

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
    void everyGuestEndsWholeHoweverOftenItsDaemonIsKilled() {
        Path file = directory().resolve("snapshot");
        save(QemuMachine.pc(guest()), file).close();
        DaemonProcess pager = pager("pager");
        List<QemuProcess> guests = new ArrayList<>();
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < GUESTS; i++) {
            guests.add(destination("destination-" + i, QemuMachine.pc(guest())));
            ids.add(begin(pager, file, guests.get(i), "on-demand"));
        }
        for (QemuProcess each : guests) {
            each.qmp().awaitRunState("running"); // before that a death costs a QEMU, though no guest
        }

        var random = new Random(SEED);
        for (int kill = 1; kill <= KILLS; kill++) {
            long point = random.nextInt(MOST_REQUESTS);
            DaemonProcess present = pager;
            if (point % 4 != 0) { // else in the middle of the recovery
                Until.holds("all guests are served, from seed " + SEED + " in round " + kill,
                        () -> allBecame("postcopy-active", present, ids));
                awaitRequests(present, ids, point);
            }
            int number = kill;
            if (kill % 4 == 0) {
                pager.terminate(); // restores are left to the next one then, too
                pager.awaitExit();
            } else {
                pager.kill();
            }
            guests.forEach(each -> assertThat(each.isAlive()).as("%s after kill %d", each.name(), number).isTrue());
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
    }
}
