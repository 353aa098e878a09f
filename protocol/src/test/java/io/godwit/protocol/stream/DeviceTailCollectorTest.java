package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.stream.DeviceTailCollector.Progress;
import java.util.HexFormat;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DeviceTailCollectorTest {
    private static final int PING_VALUE = 0x676f6477;
    private static final String PING = "08" + "0002" + "0004" + "676f6477";

    private final DeviceTailCollector collector = new DeviceTailCollector(PING_VALUE);

    private Progress accept(String hex) throws MalformedStreamException {
        return accept(HexFormat.of().parseHex(hex));
    }

    /** Feeds all of it, of which no byte but the last leads to anything; what the last leads to. */
    private Progress accept(byte[] bytes) throws MalformedStreamException {
        for (int i = 0; i < bytes.length - 1; i++) {
            assertThat(collector.accept(bytes[i] & 0xff)).as("at byte %d", i).isEqualTo(Progress.MORE);
        }
        return collector.accept(bytes[bytes.length - 1] & 0xff);
    }

    /** A FULL section named d. */
    private static String section(String id, String body) {
        return "04" + id + "01" + "64" + "00000000" + "00000001" + body + "7e" + id;
    }

    private static String description(String json) {
        return "06" + "%08x".formatted(json.length()) + Bytes.hex(json);
    }

    /** The description of one section named d with a body of so many bytes. */
    private static String describing(int bodyBytes) {
        return "{\"devices\":[{\"name\":\"d\",\"instance_id\":0,\"fields\":[{\"size\":" + bodyBytes + "}]}]}";
    }

    @Test
    void isWholeWithTheDescriptionsLastByte() throws Exception {
        assertThat(accept(StockTail.bytes())).isEqualTo(Progress.WHOLE);
        DeviceTail tail = collector.tail();
        assertThat(tail.sections()).containsExactly(new DeviceTail.Section(0, "timer", 0, 2, 19, 24),
                new DeviceTail.Section(3, "globalstate", 0, 1, 73, 104));
        assertThat(tail.runState()).hasValue("prelaunch");
        assertThat(collector.refusal()).isEmpty();
    }

    @Test
    void givesBackWhatItGotByteForByte() throws Exception {
        accept(StockTail.bytes());
        DeviceTail tail = collector.tail();
        assertThat(Bytes.written(tail::writeSections) + Bytes.written(tail::writeEnd))
                .isEqualTo(HexFormat.of().formatHex(StockTail.bytes()));
        byte[] sections = new byte[tail.sectionBytes().remaining()];
        tail.sectionBytes().get(sections);
        assertThat(HexFormat.of().formatHex(sections)).isEqualTo(StockTail.SECTIONS);
        byte[] description = new byte[tail.descriptionBytes().remaining()];
        tail.descriptionBytes().get(description);
        assertThat(HexFormat.of().formatHex(description)).isEqualTo(StockTail.DESCRIPTION);
    }

    @Test
    void mayHoldNoSectionAtAll() throws Exception {
        assertThat(accept("00" + description("{\"devices\":[]}"))).isEqualTo(Progress.WHOLE);
        assertThat(collector.tail().sections()).isEmpty();
    }

    @Test
    void takesThePingOutAndReportsIt() throws Exception {
        assertThat(accept(StockTail.SECTIONS + PING)).isEqualTo(Progress.PING);
        assertThat(accept("00" + StockTail.DESCRIPTION)).isEqualTo(Progress.WHOLE);
        assertThat(Bytes.written(collector.tail()::writeSections)).isEqualTo(StockTail.SECTIONS);
    }

    @ParameterizedTest
    @ValueSource(strings = {
            // another value
            "7e" + "00000001" + "08" + "0002" + "0004" + "676f6478",
            // another length
            "7e" + "00000001" + "08" + "0002" + "0005" + "676f6477",
            // another command
            "7e" + "00000001" + "08" + "0001" + "0004" + "676f6477",
            // no command at all
            "7e" + "00000001" + "09" + "0002" + "0004" + "676f6477",
            // not after a footer
            "7d" + "00000001" + PING, "7e" + "000001" + PING})
    void leavesWhatIsNoPingInTheBody(String body) throws Exception {
        String section = section("00000009", body);
        assertThat(accept(section + "00" + description(describing(body.length() / 2)))).isEqualTo(Progress.WHOLE);
        assertThat(Bytes.written(collector.tail()::writeSections)).isEqualTo(section);
    }

    @Test
    void takesOnePingAndNoMore() throws Exception {
        assertThat(accept(StockTail.SECTIONS + PING)).isEqualTo(Progress.PING);
        assertThat(accept(PING + "00" + StockTail.DESCRIPTION)).isEqualTo(Progress.MORE);
    }

    @Test
    void isNotDeceivedByATailWithinABody() throws Exception {
        String body = HexFormat.of().formatHex(StockTail.bytes());
        assertThat(accept(section("00000009", body) + "00" + description(describing(StockTail.bytes().length))))
                .isEqualTo(Progress.WHOLE);
        assertThat(collector.tail().sections()).containsExactly(
                new DeviceTail.Section(9, "d", 0, 1, 15, StockTail.bytes().length));
        assertThat(collector.refusal()).hasValue(
                "section 'timer', instance 0, at byte 0 of the device state does not begin where the VM description puts it");
    }

    @ParameterizedTest
    @ValueSource(strings = {
            // announces more than follows before the real end
            "7e" + "00000009" + "00" + "06" + "00001000" + "7b7d",
            // announces what is too little or too much
            "7e" + "00000009" + "00" + "06" + "00000001" + "7b7d",
            "7e" + "00000009" + "00" + "06" + "01000001" + "7b7d",
            "7e" + "00000009" + "00" + "06" + "ffffffff" + "7b7d",
            // no JSON
            "7e" + "00000009" + "00" + "06" + "00000004" + "7b7b7b7b",
            // not after a footer
            "00" + "06" + "00000002" + "7b7d"})
    void isNotDeceivedByWhatLooksLikeTheEnd(String body) throws Exception {
        assertThat(accept(section("00000009", body) + "00" + description(describing(body.length() / 2))))
                .isEqualTo(Progress.WHOLE);
    }

    /** The footer's id ends in 00 06 and the description's length has the code of a brace in it. */
    @Test
    void takesTheLaterOfTwoPossibleEndsThatOverlap() throws Exception {
        String json = describing(2);
        String padded = json.replace("{\"devices\"", "{" + " ".repeat(0x7b20 - json.length()) + "\"devices\"");
        assertThat(accept(section("00000006", "7e00") + "00" + description(padded))).isEqualTo(Progress.WHOLE);
    }

    static IntStream bytesOfHeadersAndFooters() {
        // timer: type, id, name, instance; footer. globalstate: the same. EOF, type and length of the description.
        return Stream.of(IntStream.range(0, 15), IntStream.range(43, 69),
                IntStream.range(177, 188)).flatMapToInt(range -> range);
    }

    @ParameterizedTest
    @MethodSource("bytesOfHeadersAndFooters")
    void isNotWholeWhenAnyByteOfItsFrameIsAnother(int at) {
        byte[] bytes = StockTail.bytes();
        bytes[at] ^= 0x20;
        assertThat(outcome(bytes)).isNotEqualTo("WHOLE");
    }

    private String outcome(byte[] bytes) {
        try {
            return accept(bytes).toString();
        } catch (MalformedStreamException e) {
            return "refused";
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"01", "05", "06", "08", "ff"})
    void refusesWhatBeginsWithNoSection(String first) {
        assertThatThrownBy(() -> accept(first)).isInstanceOf(MalformedStreamException.class)
                .hasMessage("device state begins with 0x" + first + ", expected FULL (0x04) or EOF (0x00)");
    }

    @Test
    void boundsTheNumberOfPossibleEnds() throws Exception {
        String possibleEnd = "7e00000009" + "0006" + "00000002" + "7b7d";
        accept("04" + possibleEnd.repeat(256));
        assertThatThrownBy(() -> accept(possibleEnd)).isInstanceOf(MalformedStreamException.class).hasMessage(
                "256 places look like the end of the device state, and none is; the last: VM description has no 'devices'");
    }

    @Test
    void boundsTheLength() throws Exception {
        collector.accept(4);
        for (int i = 1; i < DeviceTail.MAX_BYTES; i++) {
            collector.accept('{');
        }
        assertThatThrownBy(() -> collector.accept(0)).isInstanceOf(MalformedStreamException.class)
                .hasMessage("no end of the device state in 25165824 bytes");
    }

    @Test
    void saysWhyTheLikelyEndWasNone() throws Exception {
        String json = describing(3);
        accept(section("00000009", "aaaa") + "00" + description(json));
        assertThat(collector.refusal()).hasValue(
                "section 'd', instance 0, at byte 0 of the device state does not end where the VM description puts it");
    }

    @Test
    void isDoneWhenItIsWhole() throws Exception {
        assertThatThrownBy(collector::tail).isInstanceOf(IllegalStateException.class);
        accept(StockTail.bytes());
        assertThatThrownBy(() -> collector.accept(0)).isInstanceOf(IllegalStateException.class);
    }
}
