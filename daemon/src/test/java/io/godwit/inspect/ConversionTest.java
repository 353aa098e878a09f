package io.godwit.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.inspect.Conversion.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConversionTest {
    private static final long ENOUGH = 1 << 20;

    @TempDir
    private Path directory;

    @Test
    void keepsRamAndDevicesThereAndBack() throws IOException {
        Path stream = Files.write(directory.resolve("stream"), SmallMachine.background().toByteArray());
        Path mapped = directory.resolve("mapped");
        Path back = directory.resolve("back");

        assertThat(convert(stream, mapped, Optional.empty(), ENOUGH)).isEqualTo(Target.MAPPED_RAM);
        assertThat(convert(mapped, back, Optional.empty(), ENOUGH)).isEqualTo(Target.STREAM);

        assertThat(form(mapped)).isEqualTo(StreamReport.Form.MAPPED_RAM);
        assertThat(form(back)).isEqualTo(StreamReport.Form.PRECOPY);
        assertThat(Comparison.of(stream, mapped, ReadingProgress.UNSEEN)).isEmpty();
        assertThat(Comparison.of(stream, back, ReadingProgress.UNSEEN)).isEmpty();
    }

    @Test
    void worksDeltasOut() throws IOException {
        Path stream = Files.write(directory.resolve("stream"), SmallMachine.stream().toByteArray());
        Path plain = directory.resolve("plain");

        assertThat(convert(stream, plain, Optional.of(Target.STREAM), ENOUGH)).isEqualTo(Target.STREAM);

        Path without = Files.write(directory.resolve("without"), SmallMachine.background().toByteArray());
        assertThat(Comparison.of(plain, without, ReadingProgress.UNSEEN)).singleElement()
                .extracting(Difference::sentence).isEqualTo("RAM block pc.ram: 1 pages differ: 0");
    }

    @Test
    void leavesWhatHadTheNameWhenItFails() throws IOException {
        byte[] bytes = SmallMachine.stream().toByteArray();
        Path cut = Files.write(directory.resolve("cut"), Arrays.copyOf(bytes, bytes.length - 1));
        Path out = Files.writeString(directory.resolve("out"), "mine");

        assertThatThrownBy(() -> convert(cut, out, Optional.empty(), ENOUGH)).isInstanceOf(IOException.class)
                .hasMessageContaining("ends at byte " + (bytes.length - 1));
        assertThat(out).hasContent("mine");
        assertThat(directory).isDirectoryNotContaining(entry -> !entry.equals(cut) && !entry.equals(out));
    }

    @Test
    void takesNoMoreRamThanItMay() throws IOException {
        Path stream = Files.write(directory.resolve("stream"), SmallMachine.stream().toByteArray());

        assertThatThrownBy(() -> convert(stream, directory.resolve("out"), Optional.empty(), 16384))
                .isInstanceOf(IOException.class).hasMessageContaining("20480").hasMessageContaining("16384");
    }

    @Test
    void doesNotTakeEmptyBitmapsForARamOfZeros() throws IOException {
        Path broken = Files.write(directory.resolve("broken"), SmallMachine.mappedBackground().toByteArray());

        assertThatThrownBy(() -> convert(broken, directory.resolve("out"), Optional.empty(), ENOUGH))
                .isInstanceOf(IOException.class).hasMessageContaining("all page bitmaps are empty");
    }

    private static Target convert(Path in, Path out, Optional<Target> target, long most) throws IOException {
        return Conversion.convert(in, out, target, most, ReadingProgress.UNSEEN);
    }

    private static StreamReport.Form form(Path file) throws IOException {
        try (var in = FileInput.open(file, 0, ReadingProgress.UNSEEN)) {
            var report = (StreamReport) Inspector.inspect(in, true);
            assertThat(report.findings()).isEmpty();
            return report.form();
        }
    }
}
