package io.godwit.it.soak;

import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresKvm;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.SelfCheckingGuest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Guests of all kinds are moved, snapshotted, restored and killed, one step after the other, and each time looked at: whether they
 * are whole, and whether daemons hold what they held before. {@code -Dsoak.seconds=3600} for a long run, {@code -Dsoak.seed=N} for
 * another plan: each step is chosen by the seed and its own number, whatever came of those before.
 */
@RequiresKvm
@RequiresQemu
@RequiresBinutils
class SoakIT extends MigrationTest {
    private static final int SECONDS = Integer.getInteger("soak.seconds", 60);
    /** Of a run that nobody gave a time: the same ones each time. */
    private static final int STEPS = System.getProperty("soak.seconds") == null ? 20 : Integer.MAX_VALUE;
    private static final long SEED = Long.getLong("soak.seed", 11);
    private static final int PATTERN_MIB = 16;

    private final Map<String, Integer> outcomes = new TreeMap<>();

    @Test
    @Timeout(value = 30, unit = TimeUnit.DAYS)
    void nothingIsLostAndNothingGrows() {
        var yard = closeAtEnd(new Yard(directory()));
        SelfCheckingGuest program = SelfCheckingGuest.assemble(directory(), PATTERN_MIB);
        for (String file : List.of("guest-16.o", "guest-16.img", "restores")) {
            yard.keep(file);
        }
        var holdings = new Holdings();
        var holder = new Resident("holder", yard.daemon(GuestOptions.held(128)), holdings);
        var pager = new Resident("pager",
                yard.daemon(GuestOptions.held(16).with("--restores", directory().resolve("restores").toString())),
                holdings);
        List<DaemonStep> all = Arrays.asList(DaemonStep.values());
        GuestOptions workload = GuestOptions.workload();
        List<Subject> subjects = List.of(
                new OwnGuest("workload", workload, all, yard, holdings),
                new OwnGuest("workload in memfds", workload.with("--ram", "memfd"), all, yard, holdings),
                new OwnGuest("workload that stays", workload, DaemonStep.STAYING, yard, holdings),
                new OwnGuest("kvm", GuestOptions.kvm(), all, yard, holdings),
                new QemuGuest(program, yard, holder, pager));

        long began = System.nanoTime();
        int steps = soak(subjects, yard);

        System.out.printf("soak: seed %d, %d steps in %d s, %d times compared what daemons hold%n", SEED, steps,
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - began), holdings.compared());
        outcomes.forEach((outcome, count) -> System.out.printf("%6d  %s%n", count, outcome));
        for (Resident each : List.of(holder, pager)) {
            System.out.println("        " + each.summary());
        }
    }

    /** The first round has every guest once; returns how many steps were taken. */
    private int soak(List<Subject> subjects, Yard yard) {
        long deadline = System.nanoTime() + Duration.ofSeconds(SECONDS).toNanos();
        int step = 0;
        while (step < subjects.size() + 1 || (step < STEPS && System.nanoTime() - deadline < 0)) {
            var random = new Random(SEED * 1_000_003 + step);
            Subject subject = subjects.get(step < subjects.size() ? step : random.nextInt(subjects.size()));
            List<String> words = new ArrayList<>(subject.steps());
            String word = words.get(random.nextInt(words.size()));
            try {
                String outcome = subject.undergo(word, random);
                outcomes.merge("%-19s | %-16s | %s".formatted(subject.kind(), word, outcome), 1, Integer::sum);
                yard.tidy();
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("step %d of seed %d, %s of %s: %s".formatted(step, SEED, word,
                        subject.kind(), e.getMessage()), e);
            }
            step++;
        }
        return step;
    }
}
