package io.godwit.protocol.localhost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.PackageOutput;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class LocalhostMessageTest {

    private static byte[] written(LocalhostMessage message) throws IOException {
        var out = new PackageOutput();
        message.write(out);
        return out.toByteArray();
    }

    private static LocalhostMessage read(byte[] bytes) throws IOException {
        byte[] header = Arrays.copyOf(bytes, LocalhostMessage.HEADER_BYTES);
        int length = LocalhostMessage.payloadBytes(header);
        assertThat(bytes).hasSize(LocalhostMessage.HEADER_BYTES + length);
        return LocalhostMessage.read(header, Arrays.copyOfRange(bytes, LocalhostMessage.HEADER_BYTES, bytes.length));
    }

    static Stream<LocalhostMessage> messages() {
        return Stream.of(
                new LocalhostMessage.Hello(Way.FLIP, "godwit-kvm-1",
                        List.of(new RamBlockEntry("pc.ram", 1L << 40), new RamBlockEntry("rom", 4096))),
                new LocalhostMessage.Hello(Way.HANDOVER, "m", List.of(new RamBlockEntry("r", 4096))),
                new LocalhostMessage.Accepted(), new LocalhostMessage.Refused("no room"),
                new LocalhostMessage.Descriptors(253), new LocalhostMessage.Ready(), new LocalhostMessage.Go(),
                new LocalhostMessage.GiveBack(), new LocalhostMessage.Running());
    }

    @ParameterizedTest
    @MethodSource("messages")
    void isReadAsItWasWritten(LocalhostMessage message) throws IOException {
        assertThat(read(written(message))).isEqualTo(message);
    }

    @Test
    void deviceStateIsCarriedAsItIs() throws IOException {
        byte[] sections = {4, 0, 1, 2};
        var read = (LocalhostMessage.Devices) read(written(new LocalhostMessage.Devices(sections)));
        assertThat(read.sections()).isEqualTo(sections);
    }

    @Test
    void theLayoutIsTheOneThatIsWrittenDown() throws IOException {
        assertThat(HexFormat.of().formatHex(written(
                new LocalhostMessage.Hello(Way.FLIP, "m", List.of(new RamBlockEntry("r", 0x2000))))))
                .isEqualTo("00000001" + "00000015" + "02" + "016d" + "0000000000002000" + "0172" + "0000000000002000");
        var greeting = new PackageOutput();
        Greeting.write(greeting);
        assertThat(HexFormat.of().formatHex(greeting.toByteArray())).isEqualTo("47644c4d00000001");
    }

    @Test
    void aReasonCannotActOnATerminalAndIsNotLong() {
        assertThat(new LocalhostMessage.Refused("a\u001b[2Jb\nc").reason()).isEqualTo("a?[2Jb?c");
        assertThat(new LocalhostMessage.Refused("x".repeat(5000)).reason()).hasSize(1000);
    }

    @ParameterizedTest
    @CsvSource({"00000001 7fffffff, message 1 of 2147483647 bytes", "00000001 ffffffff, message 1 of 4294967295 bytes"})
    void aLengthIsBoundedBeforeAnythingIsAllocatedForIt(String header, String said) {
        byte[] bytes = HexFormat.of().parseHex(header.replace(" ", ""));
        assertThatThrownBy(() -> LocalhostMessage.payloadBytes(bytes)).isInstanceOf(MalformedStreamException.class)
                .hasMessageStartingWith(said);
    }

    @ParameterizedTest
    @CsvSource({"0000000a 00000000, unknown message 10", "00000002 00000001 00, 'message 2 of 1 bytes, expected 0'",
            "00000004 00000004 00000000, '0 descriptors, expected 1 to 253'",
            "00000004 00000004 000000fe, '254 descriptors, expected 1 to 253'",
            "00000001 0000000b 03 016d 0000000000000000, way 3 of moving RAM",
            "00000001 0000000b 01 016d 0000000000000000, a guest without RAM"})
    void whatIsNoMessageIsRefused(String hex, String said) {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        assertThatThrownBy(() -> read(bytes)).isInstanceOf(MalformedStreamException.class)
                .hasMessageStartingWith(said);
    }

    @Test
    void aPayloadThatEndsTooEarlyIsRefused() {
        assertThatThrownBy(() -> read(HexFormat.of().parseHex("00000004" + "00000002" + "0000")))
                .isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> Greeting.check(new PackageInput(new byte[]{0x47, 0x64})))
                .isInstanceOf(EOFException.class);
    }
}
