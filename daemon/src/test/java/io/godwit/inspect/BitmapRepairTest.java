package io.godwit.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.FileSeal;
import io.godwit.engine.FileSeal.Verdict;
import io.godwit.inspect.BitmapRepair.Rebuilt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BitmapRepairTest {

    @TempDir
    private Path directory;

    @Test
    void writesOnlyTheBitmaps() throws IOException {
        var broken = SmallMachine.mappedBackground();
        Path file = Files.write(directory.resolve("broken"), broken.toByteArray());

        var rebuilt = BitmapRepair.repair(file, Optional.empty(), ReadingProgress.UNSEEN);

        assertThat(rebuilt).containsExactly(new Rebuilt("pc.ram", 2, 4), new Rebuilt("rom", 1, 1));
        assertThat(file).hasBinaryContent(repaired(broken));
        assertThat(directory).isDirectoryNotContaining(entry -> !entry.equals(file));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void renewsTheSealOfAFileThatMatchedIt(boolean copied) throws IOException {
        Path file = Files.write(directory.resolve("broken"), SmallMachine.mappedBackground().toByteArray());
        Path repaired = copied ? directory.resolve("copy") : file;
        FileSeal.seal(file, bytes -> {});

        BitmapRepair.repair(file, copied ? Optional.of(repaired) : Optional.empty(), ReadingProgress.UNSEEN);

        assertThat(FileSeal.verify(repaired, bytes -> {})).isInstanceOf(Verdict.Intact.class);
        assertThat(FileSeal.verify(file, bytes -> {})).isInstanceOf(Verdict.Intact.class);
    }

    @Test
    void doesNotRepairAFileThatDoesNotMatchItsSeal() throws IOException {
        byte[] bytes = SmallMachine.mappedBackground().toByteArray();
        Path file = Files.write(directory.resolve("broken"), bytes);
        FileSeal.seal(file, done -> {});
        bytes[bytes.length - 1] ^= 1;
        Files.write(file, bytes);

        assertThatThrownBy(() -> BitmapRepair.repair(file, Optional.empty(), ReadingProgress.UNSEEN))
                .isInstanceOf(IOException.class).hasMessageContaining("do not match their seal");
        assertThat(file).hasBinaryContent(bytes);
    }

    @Test
    void leavesTheFileAsItIsWhenItWritesACopy() throws IOException {
        var broken = SmallMachine.mappedBackground();
        Path file = Files.write(directory.resolve("broken"), broken.toByteArray());
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        Path copy = directory.resolve("copy");

        BitmapRepair.repair(file, Optional.of(copy), ReadingProgress.UNSEEN);

        assertThat(file).hasBinaryContent(broken.toByteArray());
        assertThat(copy).hasBinaryContent(repaired(broken));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(copy))).isEqualTo("rw-------");
    }

    @Test
    void doesNotOverwriteAnotherFileWithItsCopy() throws IOException {
        Path file = Files.write(directory.resolve("broken"), SmallMachine.mappedBackground().toByteArray());
        Path other = Files.writeString(directory.resolve("other"), "mine");

        assertThatThrownBy(() -> BitmapRepair.repair(file, Optional.of(other), ReadingProgress.UNSEEN))
                .isInstanceOf(IOException.class).hasMessage(other + ": It exists already");
        assertThat(other).hasContent("mine");
    }

    @Test
    void refusesAFileThatIsWhole() throws IOException {
        refuses(SmallMachine.mapped().toByteArray(), "needs no repair: it is a whole mapped-ram file");
        refuses(SmallMachine.stream().toByteArray(), "needs no repair: it is a whole precopy stream");
    }

    @Test
    void refusesAFileWhosePagesMayBeStale() throws IOException {
        refuses(SmallMachine.mapped(0, 0x44, true, 0).toByteArray(),
                "has an END of RAM: it is no background snapshot, and its data may be out of date");
    }

    @Test
    void refusesAFileThatIsDamagedInAnotherWay() throws IOException {
        byte[] bytes = SmallMachine.mappedBackground().toByteArray();
        refuses(Arrays.copyOf(bytes, bytes.length - 1), "is damaged in a way that cannot be repaired: byte "
                + (bytes.length - 1) + ": the input ends within the device state");
        refuses(Arrays.copyOf(bytes, bytes.length + 1), "is damaged in a way that cannot be repaired: byte "
                + bytes.length + ": 1 bytes left over after the end, expected 0");
    }

    private void refuses(byte[] bytes, String sentence) throws IOException {
        Path file = Files.write(directory.resolve("refused"), bytes);

        assertThatThrownBy(() -> BitmapRepair.repair(file, Optional.empty(), ReadingProgress.UNSEEN))
                .isInstanceOf(IOException.class).hasMessageStartingWith(sentence);
        assertThat(file).hasBinaryContent(bytes);
    }

    private static byte[] repaired(Recording broken) {
        byte[] bytes = broken.toByteArray();
        bytes[broken.at("bitmap of pc.ram")] = 0b101;
        bytes[broken.at("bitmap of rom")] = 0b1;
        return bytes;
    }
}
