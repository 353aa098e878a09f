package io.godwit.engine.guest.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.guest.Guest.Verification;
import io.godwit.engine.guest.Guest.Verification.Broken;
import io.godwit.engine.guest.Guest.Verification.Intact;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkloadDiskTest {
    private static final int PAGE = RamBlock.PAGE_SIZE;
    private static final int PAGES = 64;
    private static final int COUNTER_AT = 16;
    private static final WorkloadPlan BUSY = new WorkloadPlan(2, PAGES, 9, 1_000_000);

    @TempDir
    Path directory = Path.of("");

    private Path image = Path.of("");

    @BeforeEach
    void makeDisk() throws IOException {
        DirtyTracking.assume();
        image = directory.resolve("disk");
        Files.write(image, new byte[PAGES * PAGE]);
    }

    private WorkloadGuest guest() throws IOException {
        return WorkloadGuest.create(BUSY, new MemoryBlock(WorkloadGuest.RAM_NAME, Mapping.anonymous(PAGES * PAGE)),
                WorkloadDisk.open(image, PAGES * PAGE), false, Manners.SILENT);
    }

    /** Lets it run until each page has been touched some times, and stand still. */
    private static void runFor(WorkloadGuest guest, long touches) throws IOException {
        long end = progress(guest) + touches;
        while (progress(guest) < end) {
            guest.resume();
            letItRun();
            guest.pause();
        }
    }

    /** Lets it run until both threads have filled their memory: from then on progress beyond that is touches, and touches only. */
    private static void fill(WorkloadGuest guest) throws IOException {
        while (intact(guest).pagesChecked() < PAGES) {
            guest.resume();
            letItRun();
            guest.pause();
        }
    }

    /** For a moment: pauses that follow at once would see it make next to no progress between them. */
    private static void letItRun() {
        for (int i = 0; i < 20_000; i++) {
            Thread.onSpinWait();
        }
    }

    private static long progress(WorkloadGuest guest) throws IOException {
        return intact(guest).progress();
    }

    private static Intact intact(WorkloadGuest guest) throws IOException {
        Verification found = guest.verify();
        assertThat(found).isInstanceOf(Intact.class);
        return (Intact) found;
    }

    private List<Long> counters() throws IOException {
        var bytes = ByteBuffer.wrap(Files.readAllBytes(image)).order(ByteOrder.LITTLE_ENDIAN);
        var counters = new ArrayList<Long>();
        for (int page = 0; page < PAGES; page++) {
            counters.add(bytes.getLong(page * PAGE + COUNTER_AT));
        }
        return counters;
    }

    @Test
    void getsEachTouchAndIsAtMostOneBehindForEachThread() throws IOException {
        try (WorkloadGuest guest = guest()) {
            fill(guest);
            for (int stop = 0; stop < 20; stop++) {
                runFor(guest, 50);
                long onDisk = counters().stream().mapToLong(Long::longValue).sum();
                long touched = progress(guest) - PAGES;
                assertThat(touched - onDisk).isBetween(0L, 2L);
            }
        }
    }

    @Test
    void thatIsOfAnotherInstantIsFoundOut() throws IOException {
        try (WorkloadGuest guest = guest()) {
            runFor(guest, PAGES + 100);
            byte[] before = Files.readAllBytes(image);
            runFor(guest, 100);
            Files.write(image, before);
            assertThat(guest.verify()).isInstanceOfSatisfying(Broken.class,
                    broken -> assertThat(broken.finding()).startsWith("on the disk: page ").contains("counter"));
        }
    }

    @Test
    void thatEndsTooSoonIsNotMadeLargerAndSaysSo() throws IOException {
        Files.write(image, new byte[PAGE]);
        try (WorkloadDisk small = WorkloadDisk.open(image, PAGE); Mapping memory = Mapping.anonymous(2 * PAGE)) {
            small.write(memory, 0);
            assertThat(small.failure()).isEmpty();
            small.write(memory, 1);
            assertThat(small.failure()).hasValueSatisfying(
                    failure -> assertThat(failure).contains("page 1 is at its end: it has 4096 bytes"));
        }
        assertThat(image).hasSize(PAGE);
    }

    @Test
    void thatIsTooSmallOrNoFileIsRefused() {
        assertThatThrownBy(() -> WorkloadDisk.open(image, PAGES * PAGE + 1)).isInstanceOf(IOException.class)
                .hasMessageContaining("has 262144 bytes, at least 262145 expected");
        assertThatThrownBy(() -> WorkloadDisk.open(Path.of("/dev/null"), 0)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> WorkloadDisk.open(directory.resolve("none"), 0)).isInstanceOf(IOException.class)
                .hasMessageContaining("none");
    }
}
