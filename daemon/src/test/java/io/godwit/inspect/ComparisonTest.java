package io.godwit.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.inspect.Difference.BlockOnlyIn;
import io.godwit.inspect.Difference.Device;
import io.godwit.inspect.Difference.DeviceBytes;
import io.godwit.inspect.Difference.Machine;
import io.godwit.inspect.Difference.Pages;
import io.godwit.inspect.Difference.Range;
import io.godwit.inspect.Difference.Side;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {

    @TempDir
    private Path directory;

    @Test
    void findsNoDifferenceWhereOnlyTheLayoutDiffers() throws IOException {
        // Page 2 is stale in the file and was never sent in the stream: zero in both.
        assertThat(compare(SmallMachine.mapped(), SmallMachine.background())).isEmpty();
    }

    @Test
    void findsNoDifferenceInStalePages() throws IOException {
        assertThat(compare(SmallMachine.mapped(1, 0x44, true, 0), SmallMachine.mapped(1, 0x55, true, 0))).isEmpty();
    }

    @Test
    void findsPagesThatDiffer() throws IOException {
        assertThat(compare(SmallMachine.mapped(5, 0x44, true, 0), SmallMachine.mapped(5, 0x55, true, 0)))
                .containsExactly(new Pages("pc.ram", 1, List.of(new Range(2, 1))));
    }

    @Test
    void takesAnAbsentPageForZero() throws IOException {
        assertThat(compare(SmallMachine.mapped(5, 0x44, true, 0), SmallMachine.background()))
                .containsExactly(new Pages("pc.ram", 1, List.of(new Range(2, 1))));
        assertThat(compare(SmallMachine.mapped(7, 0x44, true, 0), SmallMachine.mapped(5, 0x44, true, 0))).isEmpty();
    }

    @Test
    void findsTheFirstByteOfADeviceThatDiffers() throws IOException {
        assertThat(compare(SmallMachine.mapped(1, 0x44, true, 0), SmallMachine.mapped(1, 0x44, true, 9)))
                .containsExactly(new DeviceBytes(new Device("timer", 0), 7, 0, 9));
    }

    @Test
    void findsAnotherMachineAndOtherBlocks() throws IOException {
        var recording = SmallMachine.background();
        String bytes = new String(recording.toByteArray(), StandardCharsets.ISO_8859_1)
                .replace("pc-small", "pc-snarl").replace("\3rom", "\3mor");

        assertThat(compare(recording.toByteArray(), bytes.getBytes(StandardCharsets.ISO_8859_1))).containsExactly(
                new Machine("machine type", "pc-small", "pc-snarl"), new BlockOnlyIn("rom", Side.FIRST),
                new BlockOnlyIn("mor", Side.SECOND));
    }

    @Test
    void tellsDifferencesAsSentencesAndToPrograms() throws IOException {
        var differences = compare(SmallMachine.mapped(5, 0x44, true, 0), SmallMachine.mapped(5, 0x55, true, 9));

        assertThat(differences).extracting(Difference::sentence).containsExactly("RAM block pc.ram: 1 pages differ: 2",
                "device timer, instance 0: byte 7 is 0x00 in the first, 0x09 in the second");
        assertThat(DifferencesJson.of(differences).toString()).isEqualTo(
                "{\"equal\":false,\"differences\":[{\"kind\":\"pages\",\"block\":\"pc.ram\",\"count\":1,"
                        + "\"first-ranges\":[{\"page\":2,\"count\":1}],\"desc\":\"RAM block pc.ram: 1 pages differ: 2\"},"
                        + "{\"kind\":\"device-bytes\",\"device\":\"timer\",\"instance-id\":0,\"offset\":7,\"first\":0,"
                        + "\"second\":9,\"desc\":\"device timer, instance 0: byte 7 is 0x00 in the first, 0x09 in the "
                        + "second\"}]}");
    }

    @Test
    void refusesWhatItCannotWorkOut() throws IOException {
        byte[] deltas = SmallMachine.stream().toByteArray();
        assertThatThrownBy(() -> compare(deltas, deltas)).isInstanceOf(IOException.class)
                .hasMessage(directory.resolve("a") + ": holds XBZRLE deltas: convert it first, with 'godwit convert'");
    }

    @Test
    void refusesWhatIsDamagedAndNamesIt() throws IOException {
        byte[] whole = SmallMachine.background().toByteArray();
        byte[] cut = Arrays.copyOf(whole, whole.length - 1);
        assertThatThrownBy(() -> compare(whole, cut)).isInstanceOf(IOException.class)
                .hasMessageStartingWith(directory.resolve("b") + ": is damaged: byte " + cut.length + ": ");
    }

    private List<Difference> compare(Recording first, Recording second) throws IOException {
        return compare(first.toByteArray(), second.toByteArray());
    }

    private List<Difference> compare(byte[] first, byte[] second) throws IOException {
        Path a = Files.write(directory.resolve("a"), first);
        Path b = Files.write(directory.resolve("b"), second);
        return Comparison.of(a, b, ReadingProgress.UNSEEN);
    }
}
