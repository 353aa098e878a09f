package io.godwit.engine.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import io.godwit.engine.FileSeal;
import io.godwit.engine.FileSeal.Verdict;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.seal.Sealing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.SortedSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How files and their seals take the places of others: never is one beside the other's. */
@Timeout(60)
final class SealedNewFileTest {
    private static final int BYTES = 200_000;

    private final SortedSet<String> descriptors = ProcessResources.descriptors();

    @TempDir
    private Path directory;

    SealedNewFileTest() throws IOException {}

    @AfterEach
    void leavesNothingBehind() throws IOException {
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
        assertThat(names()).noneMatch(name -> name.startsWith("."));
    }

    private Path file() {
        return directory.resolve("guest.img");
    }

    private Path seal() {
        return directory.resolve("guest.img.seal");
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(directory)) {
            return files.map(path -> String.valueOf(path.getFileName())).sorted().toList();
        }
    }

    private Verdict verify() throws IOException {
        return FileSeal.verify(file(), bytes -> {});
    }

    private static void fill(NewFile file, int content) throws IOException {
        try (var buffer = new NativeBuffer(BYTES)) {
            buffer.segment().fill((byte) content);
            file.fd().writeFully(buffer.segment(), 0, BYTES);
        }
    }

    private void save(int content, boolean sealed) throws IOException {
        try (NewFile created = NewFile.create(file(), 0)) {
            fill(created, content);
            if (sealed) {
                try (var sealing = new Sealing(0)) {
                    created.seal(sealing).close();
                }
            }
            created.publish();
        }
    }

    @Test
    void aSealHasThePermissionsOfItsFile() throws IOException {
        Files.writeString(file(), "old");
        Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r-----"));
        save(1, true);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(seal()))).isEqualTo("rw-r-----");
        assertThat(verify()).isInstanceOf(Verdict.Intact.class);
    }

    @Test
    void aFileWithoutASealTakesThatOfTheOldOneAway() throws IOException {
        save(1, true);
        save(2, false);
        assertThat(names()).containsExactly("guest.img");
    }

    @Test
    void aFileThatIsGivenUpLeavesTheOldOneSealed() throws IOException {
        save(1, true);
        try (NewFile created = NewFile.create(file(), 0); var sealing = new Sealing(0)) {
            fill(created, 2);
            created.seal(sealing).close();
        }
        assertThat(verify()).isInstanceOf(Verdict.Intact.class);
        assertThat(names()).containsExactly("guest.img", "guest.img.seal");
    }

    /** A directory cannot be replaced by a file: it came there in the meantime. */
    @Test
    void aRenameThatFailsPutsTheSealBack() throws IOException {
        save(1, true);
        byte[] before = Files.readAllBytes(seal());
        try (NewFile created = NewFile.create(file(), 0)) {
            fill(created, 2);
            Files.delete(file());
            Files.createDirectory(file());
            assertThatIOException().isThrownBy(created::publish).withMessageContaining("rename");
        }
        assertThat(seal()).hasBinaryContent(before);
    }

    /** Between the old seal's going away and the file's, and between the file's coming and its seal's. */
    @Test
    void whatACrashLeavesIsAFileWithoutASealWhichTheNextSaveTidiesUp() throws IOException {
        for (int content : new int[]{1, 2}) {
            save(1, true);
            Files.move(seal(), directory.resolve(".guest.img.seal.godwit-old"));
            Files.writeString(directory.resolve(".guest.img.seal.godwit-partial"), "the new file's seal");
            if (content == 2) {
                Files.write(file(), new byte[]{2});
            }
            assertThat(verify()).isEqualTo(new Verdict.Unsealed());
            save(3, true);
            assertThat(verify()).isInstanceOf(Verdict.Intact.class);
            assertThat(names()).containsExactly("guest.img", "guest.img.seal");
        }
    }

    @Test
    void aReaderNeverFindsOneFileWithTheSealOfAnother() throws Exception {
        save(0, true);
        var over = new AtomicBoolean();
        var reader = CompletableFuture.supplyAsync(() -> {
            int read = 0;
            while (!over.get() || read == 0) {
                try {
                    assertThat(verify()).isNotInstanceOf(Verdict.Damaged.class);
                    read++;
                } catch (IOException e) {
                    assertThat(e).hasMessageContaining("was replaced by another file while it was opened");
                }
            }
            return read;
        });
        for (int content = 1; content < 200; content++) {
            save(content, content % 3 != 0);
        }
        over.set(true);
        assertThat(reader.get()).isPositive();
    }
}
