package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.FileSeal.Verdict;
import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Arrays;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A guest is saved to a file, which is sealed; what is damaged afterwards is not loaded. */
@Timeout(60)
final class SealTest extends EngineTest {
    private static final long PAGE = RamBlock.PAGE_SIZE;
    private static final int PAGES = 130;
    private static final int FIRST_PAGE = 0x100000;

    private Path image() {
        return dir.resolve("guest.img");
    }

    private Path seal() {
        return dir.resolve("guest.img.seal");
    }

    private void save(Side source) throws Exception {
        OutgoingMigration out = source.migrate(new Endpoint.File(image(), 0));
        Eventually.status(out.state(), MigrationStatus.COMPLETED);
    }

    private IncomingMigration load(Side target, MigrationStatus end) throws Exception {
        IncomingMigration in = target.await(new Endpoint.File(image(), 0));
        Eventually.status(in.state(), end);
        return in;
    }

    private void flip(long at) throws IOException {
        try (var file = new RandomAccessFile(image().toFile(), "rw")) {
            file.seek(at);
            int was = file.read();
            file.seek(at);
            file.write(was ^ 1);
        }
    }

    private static Side source() throws Exception {
        return Side.running(PAGES).with(MigrationCapability.MAPPED_RAM);
    }

    private static Side target() throws IOException {
        return Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM);
    }

    private Verdict verify() throws IOException {
        return FileSeal.verify(image(), bytes -> {});
    }

    private String refusal(Side target) throws Exception {
        return load(target, MigrationStatus.FAILED).state().errorDesc().orElseThrow();
    }

    @Test
    void aSaveIsSealedAndVerifiedWhenItIsLoaded() throws Exception {
        try (Side source = source(); Side target = target()) {
            save(source);
            assertThat(verify()).isInstanceOf(Verdict.Intact.class);
            assertThat(Files.getPosixFilePermissions(seal())).isEqualTo(Files.getPosixFilePermissions(image()));
            load(target, MigrationStatus.COMPLETED);
        }
    }

    @Test
    void aFlippedBitInAPageIsFoundAndNamed() throws Exception {
        try (Side source = source(); Side target = target()) {
            save(source);
            flip(FIRST_PAGE + 20 * PAGE + 17);
            assertThat(refusal(target)).contains(image()
                    + ": bytes 0x110000 to 0x11ffff (block 'pc.ram', bytes 0x10000 to 0x1ffff) do not match their seal: digest ")
                    .contains(", expected ");
            assertThat(target.guest.isRunning()).isFalse();
        }
    }

    /** The bitmap, the header, the device state: bytes that are no pages. */
    @ParameterizedTest
    @ValueSource(longs = {5, 20, 0x8e, 0x100000 + 130 * 4096 + 100})
    void aFlippedBitElsewhereIsFoundToo(long at) throws Exception {
        try (Side source = source(); Side target = target()) {
            save(source);
            flip(at);
            assertThat(refusal(target)).contains("do not match their seal");
            assertThat(verify()).isInstanceOf(Verdict.Damaged.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void severalThreadsPastThePageCacheVerifyToo(boolean damaged) throws Exception {
        try (Side source = Side.running(5000).with(MigrationCapability.MAPPED_RAM, MigrationCapability.MULTIFD);
                Side target = Side.waiting(5000).with(MigrationCapability.MAPPED_RAM, MigrationCapability.MULTIFD)) {
            save(source.set("direct-io", true));
            assertThat(verify()).isInstanceOf(Verdict.Intact.class);
            if (damaged) {
                flip(FIRST_PAGE + 4999 * PAGE);
            }
            load(target.set("direct-io", true), damaged ? MigrationStatus.FAILED : MigrationStatus.COMPLETED);
        }
    }

    /** Pages are digested when they are written; those that were written again in between count as they were at last. */
    @Test
    void aGuestThatKeepsWritingIsSealedAsItWasAtLast() throws Exception {
        var pass = new AtomicLong();
        try (Side source = source().set("downtime-limit", 0); Side target = target()) {
            source.guest.beforeTakeDirty = () -> {
                if (pass.incrementAndGet() <= 5) {
                    for (int page = 0; page < PAGES; page += 3) {
                        source.guest.write(page, page % 2 == 0 ? 0 : 1000 * pass.get() + page);
                    }
                }
            };
            save(source);
            assertThat(verify()).isInstanceOf(Verdict.Intact.class);
            load(target, MigrationStatus.COMPLETED);
            for (long page = 0; page < PAGES; page++) {
                assertThat(target.guest.read(page)).isEqualTo(source.guest.read(page));
            }
        }
    }

    /** Another thread writes while pages are digested and written: what is dirty then comes again. */
    @Test
    void aGuestThatWritesBetweenDigestAndWriteRaisesNoFalseAlarm() throws Exception {
        try (Side source = Side.running(4096).with(MigrationCapability.MAPPED_RAM);
                Side target = Side.waiting(4096).with(MigrationCapability.MAPPED_RAM)) {
            var writer = Thread.ofPlatform().start(() -> {
                for (long i = 0; source.guest.isRunning(); i++) {
                    source.guest.write(i % 4096, i);
                }
            });
            save(source);
            writer.join();
            assertThat(verify()).isInstanceOf(Verdict.Intact.class);
            load(target, MigrationStatus.COMPLETED);
        }
    }

    @Test
    void aPlainStreamIsSealedAndVerifiedAsItIsRead() throws Exception {
        try (Side source = Side.running(600); Side target = Side.waiting(600); Side again = Side.waiting(600)) {
            save(source);
            assertThat(verify()).isInstanceOf(Verdict.Intact.class);
            load(target, MigrationStatus.COMPLETED);
            flip(0x123456);
            assertThat(refusal(again)).contains("bytes 0x120000 to 0x12ffff do not match their seal");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatLiesBeforeTheOffsetIsNotSealed(boolean mapped) throws Exception {
        Files.writeString(image(), "a header of the client's own");
        var place = new Endpoint.File(image(), 8);
        try (Side source = mapped ? source() : source().without();
                Side target = mapped ? target() : target().without();
                Side again = mapped ? target() : target().without()) {
            Eventually.status(source.migrate(place).state(), MigrationStatus.COMPLETED);
            flip(3);
            assertThat(verify()).isInstanceOf(Verdict.Intact.class);
            Eventually.status(target.await(place).state(), MigrationStatus.COMPLETED);
            assertThatThrownBy(() -> again.await(new Endpoint.File(image(), 4)))
                    .hasMessageContaining("the migration begins at byte 4, its seal at byte 8");
        }
    }

    /** The file was there before Godwit was asked: another program wrote it. */
    @Test
    void aFileCanBeSealedAfterwards() throws Exception {
        try (Side source = source(); Side target = target(); Side again = target()) {
            save(source);
            Files.delete(seal());
            assertThat(verify()).isEqualTo(new Verdict.Unsealed());
            load(target, MigrationStatus.COMPLETED);
            String root = FileSeal.seal(image(), bytes -> {});
            assertThat(verify()).isEqualTo(new Verdict.Intact(root));
            flip(FIRST_PAGE);
            assertThat(refusal(again)).contains("do not match their seal");
        }
    }

    @Test
    void aNewSaveTakesTheOldSealAway() throws Exception {
        try (Side source = source();
                Side other = Side.running(PAGES, 3).with(MigrationCapability.MAPPED_RAM);
                Side target = Side.waiting(PAGES, 3).with(MigrationCapability.MAPPED_RAM)) {
            save(source);
            byte[] first = Files.readAllBytes(seal());
            save(other);
            assertThat(Files.readAllBytes(seal())).isNotEqualTo(first);
            load(target, MigrationStatus.COMPLETED);
        }
    }

    /** As QEMU does: written in place, the seal left beside it. */
    @Test
    void aFileThatWasWrittenAnewSaysSoWhenItDoesNotMatch() throws Exception {
        try (Side source = source(); Side target = target(); Side again = target()) {
            save(source);
            try (var file = new RandomAccessFile(image().toFile(), "rw")) {
                file.setLength(file.length() + 1);
            }
            Files.setLastModifiedTime(image(), FileTime.from(Instant.now().plusSeconds(60)));
            assertThatThrownBy(() -> target.await(new Endpoint.File(image(), 0)))
                    .hasMessageMatching("(?s).*the file has (\\d+) bytes, its seal is of \\d+; it was written at .*"
                            + ", and sealed before, at .*: if that was meant, 'godwit seal' it anew or remove .*seal");
            Files.delete(seal());
            load(again, MigrationStatus.COMPLETED);
        }
    }

    @Test
    void aSealThatIsDamagedItselfIsRefused() throws Exception {
        try (Side source = source(); Side target = target()) {
            save(source);
            byte[] seal = Files.readAllBytes(seal());
            for (int at = 0; at < seal.length; at++) {
                byte[] damaged = seal.clone();
                damaged[at] ^= 4;
                Files.write(seal(), damaged);
                assertThatThrownBy(() -> target.await(new Endpoint.File(image(), 0))).as("byte %d", at)
                        .hasMessageContaining("seal");
            }
            Files.write(seal(), Arrays.copyOf(seal, seal.length - 1));
            assertThatThrownBy(() -> target.await(new Endpoint.File(image(), 0)))
                    .hasMessageContaining("a seal of " + (seal.length - 1) + " bytes, expected " + seal.length);
            Files.write(seal(), seal);
            load(target, MigrationStatus.COMPLETED);
        }
    }

    @Test
    void whatIsNoSealIsNotOverwritten() throws Exception {
        Files.writeString(seal(), "a letter, with a seal on it");
        try (Side source = source()) {
            assertThatThrownBy(() -> source.migrate(new Endpoint.File(image(), 0)))
                    .hasMessageContaining("'guest.img.seal' is in the way: it is not the seal of 'guest.img'");
            assertThat(image()).doesNotExist();
        }
    }

    @Test
    void whatIsWrittenInPlaceIsNotSealed() throws Exception {
        try (Side source = source()) {
            OutgoingMigration out = source.migrate(new Endpoint.Descriptor(
                    _ -> Fd.open(image(), Set.of(OpenFlag.WRITE, OpenFlag.CREATE), 0600), OptionalLong.of(0)));
            Eventually.status(out.state(), MigrationStatus.COMPLETED);
            assertThat(image()).exists();
            assertThat(seal()).doesNotExist();
        }
    }

    /** A guest whose RAM is a file is sent out of it: each extent is verified before it leaves. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void ramThatIsAFileIsVerifiedWhenItIsSent(boolean mapped) throws Exception {
        try (Side source = Side.running(PAGES); HeldSide held = HeldSide.inFile(image(), 4 << 20)) {
            var stream = new Endpoint.File(dir.resolve("stream"), 0);
            Eventually.status(source.migrate(stream).state(), MigrationStatus.COMPLETED);
            Eventually.status(held.await(stream).state(), MigrationStatus.COMPLETED);
            assertThat(verify()).isInstanceOf(Verdict.Intact.class);
            if (mapped) {
                held.with(MigrationCapability.MAPPED_RAM);
            }
            var copy = new Endpoint.File(dir.resolve("copy"), 0);
            Eventually.status(held.migrate(copy).state(), MigrationStatus.COMPLETED);
            assertThat(FileSeal.verify(copy.path(), bytes -> {})).isInstanceOf(Verdict.Intact.class);
            flip(FIRST_PAGE + 9 * PAGE);
            OutgoingMigration broken = held.migrate(new Endpoint.File(dir.resolve("broken"), 0));
            Eventually.status(broken.state(), MigrationStatus.FAILED);
            assertThat(broken.state().errorDesc()).get().asString()
                    .contains("bytes 0x100000 to 0x10ffff do not match their seal");
        }
    }
}
