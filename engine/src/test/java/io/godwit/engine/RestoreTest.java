package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.migration.Acceptance;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.restore.Restore;
import io.godwit.engine.restore.RestoreOptions;
import io.godwit.engine.restore.SavedFile;
import io.godwit.engine.restore.SavedFiles;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RestoreOrder;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Saved guests are given away before any of their memory, by as many as like, and taken up again by others. */
@Timeout(60)
final class RestoreTest extends EngineTest {
    private static final int PAGES = 400;
    private static final int ROM_PAGES = 70;
    private static final int ZERO_PAGE = 399;

    private final SavedFiles files = new SavedFiles(() -> MigrationParameters.DEFAULTS);
    private final BlockingQueue<MigrationStatus> told = new LinkedBlockingQueue<>();
    private Path snapshot = Path.of("");

    @BeforeEach
    void save() throws Exception {
        snapshot = dir.resolve("snapshot");
        try (Side source = Side.running(PAGES, ROM_PAGES).with(MigrationCapability.MAPPED_RAM)) {
            source.run.stop();
            source.guest.write(ZERO_PAGE, 0);
            OutgoingMigration out = source.migrate(new Endpoint.File(snapshot, 0));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            out.join();
        }
    }

    private static RestoreOptions options(RestoreOrder order) {
        return new RestoreOptions(false, order, Map.of(), false);
    }

    private void awaitTold(MigrationStatus wanted) throws InterruptedException {
        MigrationStatus next = null;
        while (next != wanted) {
            next = told.poll(30, TimeUnit.SECONDS);
            assertThat(next).as("on the way to %s", wanted).isNotNull();
        }
    }

    private static Map<Long, Long> filled(int pages, long first) {
        Map<Long, Long> expected = new TreeMap<>();
        for (long page = 0; page < pages; page++) {
            expected.put(page, first + page);
        }
        return expected;
    }

    /** The 64 KiB that come together. */
    private static long windowOf(long page) {
        return page / 16;
    }

    private static void assertWhole(ScriptedDestination target) {
        assertThat(target.twice).isEmpty();
        Map<Long, Long> ram = filled(PAGES, 1);
        ram.remove((long) ZERO_PAGE); // nobody asked for it
        assertThat(target.pagesOf("pc.ram")).isEqualTo(ram);
        assertThat(target.pagesOf("rom1")).isEqualTo(filled(ROM_PAGES, PAGES + 1));
    }

    @Test
    void twoDestinationsBecomeWholeFromOneFileAtOnce() throws Exception {
        try (SavedFile one = files.open(snapshot);
                SavedFile other = files.open(snapshot);
                var server = ScriptedDestination.listen(socket().path());
                Restore first = one.begin(socket(), options(RestoreOrder.LINEAR), told::add);
                var target = ScriptedDestination.accept(server);
                var secondServer = ScriptedDestination.listen(dir.resolve("second"));
                Restore second = other.begin(new Endpoint.Unix(dir.resolve("second")),
                        options(RestoreOrder.LINEAR), status -> {});
                var secondTarget = ScriptedDestination.accept(secondServer)) {
            target.readPackage();
            secondTarget.readPackage();
            secondTarget.readToTheEnd();
            second.join();
            target.readToTheEnd();
            first.join();
            assertThat(told).endsWith(MigrationStatus.POSTCOPY_ACTIVE, MigrationStatus.COMPLETED);
            assertWhole(target);
            assertWhole(secondTarget);
            assertThat(first.report().ramBytes()).isEqualTo((PAGES + ROM_PAGES) * (long) RamBlock.PAGE_SIZE);
            assertThat(first.report().remainingBytes()).isZero();
        }
    }

    @Test
    void onDemandNothingComesUnaskedButNeighboursUntilItIsPushed() throws Exception {
        try (SavedFile file = files.open(snapshot);
                var server = ScriptedDestination.listen(socket().path());
                Restore restore = file.begin(socket(), options(RestoreOrder.ON_DEMAND), told::add);
                var target = ScriptedDestination.accept(server)) {
            target.readPackage();
            target.request("pc.ram", 300, 1);
            target.readUntilThereIs("pc.ram", 300);
            target.request("pc.ram", 7, 1);
            target.readUntilThereIs("pc.ram", 7);
            assertThat(target.pagesOf("pc.ram").keySet()).contains(7L, 300L)
                    .allMatch(page -> windowOf(page) == windowOf(7) || windowOf(page) == windowOf(300));
            assertThat(restore.report().requests()).isEqualTo(2);
            restore.push();
            target.readToTheEnd();
            restore.join();
            assertWhole(target);
        }
    }

    @Test
    void whatWasAskedForFirstIsSentFirstTheNextTime() throws Exception {
        try (SavedFile file = files.open(snapshot); var server = ScriptedDestination.listen(dir.resolve("learning"))) {
            try (Restore restore = file.begin(new Endpoint.Unix(dir.resolve("learning")),
                    options(RestoreOrder.ON_DEMAND), told::add);
                    var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                target.request("pc.ram", 300, 1);
                target.request("rom1", 7, 1);
                target.readUntilThereIs("rom1", 7);
                restore.push();
                target.readToTheEnd();
                restore.join();
            }
        }
        try (SavedFile file = files.open(snapshot);
                var server = ScriptedDestination.listen(socket().path());
                Restore restore = file.begin(socket(), options(RestoreOrder.REPLAY), told::add);
                var target = ScriptedDestination.accept(server)) {
            target.readPackage();
            target.readUntilThereIs("rom1", 7);
            assertThat(target.pagesOf("pc.ram").keySet()).contains(300L)
                    .allMatch(page -> windowOf(page) == windowOf(300));
            assertThat(target.pagesOf("rom1").keySet()).allMatch(page -> windowOf(page) == windowOf(7));
            target.readToTheEnd();
            restore.join();
            assertWhole(target);
        }
    }

    @Test
    void anotherProcessTakesItUpWhereItWasLeft() throws Exception {
        String identity;
        try (var server = ScriptedDestination.listen(socket().path()); SavedFile file = files.open(snapshot)) {
            identity = file.identity();
            Restore killed = file.begin(socket(), options(RestoreOrder.ON_DEMAND), status -> {});
            try (var target = ScriptedDestination.accept(server)) {
                target.readPackage();
                target.request("rom1", 5, 2);
                target.readUntilThereIs("rom1", 6);
                killed.close();
                target.hangUp();
                try (SavedFile again = files.open(snapshot);
                        Restore restore = again.takeOver(options(RestoreOrder.LINEAR), told::add)) {
                    assertThat(again.is(identity)).isTrue();
                    assertThat(restore.status()).isEqualTo(MigrationStatus.POSTCOPY_PAUSED);
                    assertThat(restore.resume(socket(), Acceptance.UNKNOWN)).isTrue();
                    target.acceptRecovery();
                    target.readToTheEnd();
                    restore.join();
                    assertThat(target.order).startsWith("RECV_BITMAP pc.ram", "RECV_BITMAP rom1", "RESUME");
                    assertThat(told).endsWith(MigrationStatus.POSTCOPY_ACTIVE, MigrationStatus.COMPLETED);
                    assertWhole(target);
                }
            }
        }
    }

    @Test
    void aFileThatWasWrittenToIsNotTheSameAnyMoreUnlessItsSealSaysSo() throws Exception {
        String sealed;
        try (SavedFile file = files.open(snapshot)) {
            sealed = file.identity();
        }
        Path copy = dir.resolve("copy");
        Files.copy(snapshot, copy);
        Files.copy(dir.resolve("snapshot.seal"), dir.resolve("copy.seal"));
        try (SavedFile file = files.open(copy)) {
            assertThat(file.is(sealed)).isTrue();
        }
        Files.delete(dir.resolve("copy.seal"));
        String unsealed;
        try (SavedFile file = files.open(copy)) {
            unsealed = file.identity();
            assertThat(file.is(unsealed)).isTrue();
            assertThat(file.is(sealed)).isFalse();
        }
        damage(copy, "pc.ram", 10);
        try (SavedFile file = files.open(copy)) {
            assertThat(file.is(unsealed)).isFalse();
        }
    }

    @Test
    void noPageOfADamagedExtentIsEverSentAndTheRestoreWaitsForAWholeFile() throws Exception {
        long damaged = damage(snapshot, "pc.ram", 200);
        try (SavedFile file = files.open(snapshot);
                var server = ScriptedDestination.listen(socket().path());
                Restore restore = file.begin(socket(), options(RestoreOrder.ON_DEMAND), told::add);
                var target = ScriptedDestination.accept(server)) {
            target.readPackage();
            target.request("pc.ram", 20, 1);
            target.readUntilThereIs("pc.ram", 20);
            target.request("pc.ram", 200, 1);
            assertThatThrownBy(() -> target.readUntilThereIs("pc.ram", 200)).isInstanceOf(IOException.class);
            awaitTold(MigrationStatus.POSTCOPY_PAUSED);
            var unreadable = restore.unreadable().orElseThrow();
            assertThat(unreadable.file()).isEqualTo(snapshot.toRealPath());
            assertThat(damaged - unreadable.offset()).isBetween(0L, 65535L);
            assertThat(restore.report().error().orElseThrow()).contains("do not match their seal");
            damage(snapshot, "pc.ram", 200); // the same bits again: as it was
            restore.push();
            restore.resume(socket(), Acceptance.UNKNOWN);
            target.hangUp();
            target.acceptRecovery();
            target.readToTheEnd();
            restore.join();
            assertThat(restore.status()).isEqualTo(MigrationStatus.COMPLETED);
            assertWhole(target);
        }
    }

    @Test
    void aFileThatIsCutShortMeanwhilePausesTheRestore() throws Exception {
        Files.delete(dir.resolve("snapshot.seal"));
        long offset = damage(snapshot, "pc.ram", 100) / RamBlock.PAGE_SIZE * RamBlock.PAGE_SIZE;
        try (SavedFile file = files.open(snapshot);
                var server = ScriptedDestination.listen(socket().path());
                Restore restore = file.begin(socket(), options(RestoreOrder.ON_DEMAND), told::add);
                var target = ScriptedDestination.accept(server)) {
            target.readPackage();
            try (var raw = new RandomAccessFile(snapshot.toFile(), "rw")) {
                raw.setLength(offset);
            }
            target.request("pc.ram", 100, 1);
            awaitTold(MigrationStatus.POSTCOPY_PAUSED);
            assertThat(restore.unreadable().orElseThrow().offset()).isEqualTo(offset);
            assertThat(target.pagesOf("pc.ram")).isEmpty();
        }
    }

    /** Turns a bit of a page over in the file; returns where. */
    private static long damage(Path file, String block, long page) throws IOException {
        byte[] content = Files.readAllBytes(file);
        for (int at = 0; at + RamBlock.PAGE_SIZE <= content.length; at += RamBlock.PAGE_SIZE) {
            if (isFilledWith(content, at, page + 1)) {
                try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
                    raw.seek(at + 100L);
                    raw.write(content[at + 100] ^ 1);
                }
                return at + 100L;
            }
        }
        throw new AssertionError("page " + page + " of " + block + " is not in " + file);
    }

    /** Or is but for the bit. */
    private static boolean isFilledWith(byte[] content, int at, long value) {
        var words = ByteBuffer.wrap(content, at, RamBlock.PAGE_SIZE).order(ByteOrder.LITTLE_ENDIAN);
        return words.getLong() == value && words.getLong(at + 4088) == value;
    }

    @Test
    void whatIsNoMappedRamFileIsRefused() throws IOException {
        Path stream = Files.write(dir.resolve("text"), "no stream at all".getBytes(StandardCharsets.US_ASCII));
        assertThatThrownBy(() -> files.open(stream)).isInstanceOf(IOException.class);
        Path cut = dir.resolve("cut");
        byte[] whole = Files.readAllBytes(snapshot);
        Files.write(cut, Arrays.copyOf(whole, whole.length - 1000));
        assertThatThrownBy(() -> files.open(cut)).isInstanceOf(IOException.class);
        Files.write(cut, Arrays.copyOf(whole, 1 << 20));
        assertThatThrownBy(() -> files.open(cut)).isInstanceOf(IOException.class)
                .hasMessageContaining("pc.ram");
    }
}
