package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A guest is saved to a file, which is sealed; what is damaged afterwards is not loaded. */
@Timeout(60)
final class SealTest {
    private static final long PAGE = RamBlock.PAGE_SIZE;
    private static final int PAGES = 130;
    private static final int FIRST_PAGE = 0x100000;

    @TempDir
    Path dir;
    private final Resources before;

    SealTest() throws IOException {
        before = Resources.now();
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        before.assertSameNow();
        try (var files = Files.list(dir)) {
            assertThat(files.map(path -> String.valueOf(path.getFileName()))).noneMatch(name -> name.startsWith("."));
        }
    }

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

    @Test
    void aFlippedBitInAPageIsFoundAndNamed() throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.MAPPED_RAM);
                Side target = Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM);
                Side again = Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            save(source);
            assertThat(seal()).exists();
            load(target, MigrationStatus.COMPLETED);
            flip(FIRST_PAGE + 20 * PAGE + 17);
            IncomingMigration in = load(again, MigrationStatus.FAILED);
            assertThat(in.state().errorDesc()).get().asString().contains(image()
                    + ": bytes 0x110000 to 0x11ffff (block 'pc.ram', bytes 0x10000 to 0x1ffff) do not match their seal: digest ");
            assertThat(again.guest.isRunning()).isFalse();
        }
    }
}
