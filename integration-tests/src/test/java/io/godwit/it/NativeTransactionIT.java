package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.CountingGuest;
import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.RequiresRoot;
import io.godwit.it.fixture.StorageDaemon;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A guest of ours that counts in memory and then on a disk, which a qemu-storage-daemon has: caught at one instant, the disk is never
 * ahead and at most one behind. Root, for userfaultfd and FUSE.
 */
@RequiresQemu
@RequiresRoot
class NativeTransactionIT extends MigrationTest {

    /** The show has 200; a continuous build has a minute. */
    private static final int TRANSACTIONS = Integer.getInteger("godwit.transactions", 8);
    private static final int NAIVE_TRIES = 4;
    private static final int PAGE = 4096;
    private static final int PAGES = 16;
    private static final int COUNTER_AT = 16;
    private static final int MEMORY_MIB = 16;
    /** As fast as the disk takes it. */
    private static final String PATTERN = "fill=64K,dirty=64K,rate=1000000";
    private static final Pattern PROGRESS = Pattern.compile("progress (\\d+)");

    private DaemonProcess daemon;
    private Path top = Path.of("");
    private String node = "disk0";

    @BeforeEach
    void start() {
        closeAtEnd(StorageDaemon.startWithFile(directory(), "disks"));
        top = directory().resolve("disks.qcow2");
        daemon = daemon("daemon", guestOn(StorageDaemon.file(directory(), "disks")).with("--block-qmp",
                "unix:" + directory().resolve("disks.block")));
        daemon.qmp().setCapabilities("mapped-ram");
        Until.holds("the guest counts", () -> inMemory(daemon) > 1000);
    }

    private static GuestOptions guestOn(Path disk) {
        return GuestOptions.workload(MEMORY_MIB, PATTERN + ",disk=" + disk);
    }

    private static GuestOptions withoutDisk() {
        return GuestOptions.workload(MEMORY_MIB, PATTERN);
    }

    @Test
    void memoryAndDiskAreOfOneInstantEachTime() {
        var distances = new ArrayList<Long>();
        for (int round = 1; round <= TRANSACTIONS; round++) {
            Path memory = directory().resolve("memory-" + round);
            transaction(Map.of("type", "migrate", "data", Map.of("uri", "file:" + memory)), overlay(round));
            distances.add(distance(memory, round, true));
        }
        assertThat(distances).as("how far memory is ahead of the disk").hasSize(TRANSACTIONS)
                .allMatch(NativeTransactionIT::isOfOneInstant);
        assertThat(daemon.verify()).isNotBlank();
    }

    @Test
    void oneAfterTheOtherTheyAreNot() {
        daemon.qmp().setCapabilities("background-snapshot");
        var distances = new ArrayList<Long>();
        for (int round = 1; round <= NAIVE_TRIES
                && distances.stream().allMatch(NativeTransactionIT::isOfOneInstant); round++) {
            Path memory = directory().resolve("memory-" + round);
            migrate(daemon, "file:" + memory);
            daemon.qmp().awaitMigration(COMPLETED);
            transaction(overlay(round));
            distances.add(distance(memory, round, false));
        }
        assertThat(distances).as("how far memory is ahead of the disk").anyMatch(ahead -> !isOfOneInstant(ahead));
    }

    private static boolean isOfOneInstant(long ahead) {
        return ahead == 0 || ahead == 1;
    }

    private void transaction(Map<?, ?>... actions) {
        daemon.qmp().execute("transaction", Map.of("actions", List.of(actions)));
    }

    private Map<String, ?> overlay(int round) {
        return Map.of("type", "blockdev-snapshot-sync", "data", Map.of("node-name", node, "snapshot-file",
                overlayFile(round).toString(), "snapshot-node-name", "over" + round));
    }

    private Path overlayFile(int round) {
        return directory().resolve("overlay-" + round + ".qcow2");
    }

    /**
     * How far a saved memory is ahead of the disk as it was when the overlay of that round was put on it.
     *
     * @param withItsDisk whether the guest of the memory gets the disk, of which it looks at each page
     */
    private long distance(Path memory, int round, boolean withItsDisk) {
        daemon.qmp().awaitMigration(COMPLETED);
        Path disk = CountingGuest.rawCopy(top, directory().resolve("disk-" + round));
        top = overlayFile(round);
        node = "over" + round;
        return restored(memory, withItsDisk ? guestOn(disk) : withoutDisk(), round) - onDisk(disk);
    }

    /** What a guest that is loaded from a saved memory has counted to: it has all of it, and finds nothing wrong. */
    private long restored(Path memory, GuestOptions guest, int round) {
        try (DaemonProcess restored = DaemonProcess.start(directory(), "restored-" + round,
                guest.incoming().with("-S"))) {
            restored.qmp().setCapabilities("mapped-ram");
            restored.listen("file:" + memory);
            restored.qmp().awaitMigration(COMPLETED);
            return inMemory(restored);
        }
    }

    /** How often it has written one of its pages; those that it filled at first do not count. */
    private static long inMemory(DaemonProcess guest) {
        var progress = PROGRESS.matcher(guest.verify());
        assertThat(progress.find()).isTrue();
        return Long.parseLong(progress.group(1)) - PAGES;
    }

    /** The counters of all pages: each was written so often. */
    private static long onDisk(Path raw) {
        try {
            var bytes = ByteBuffer.wrap(Files.readAllBytes(raw)).order(ByteOrder.LITTLE_ENDIAN);
            long sum = 0;
            for (int page = 0; page < PAGES; page++) {
                sum += bytes.getLong(page * PAGE + COUNTER_AT);
            }
            return sum;
        } catch (IOException e) {
            throw new AssertionError("reading " + raw, e);
        }
    }
}
