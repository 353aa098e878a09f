package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DeviceTailTest {
    private static final List<SectionSize> TWO = List.of(new SectionSize("a", 0, 1, 2), new SectionSize("bc", 1, 0, 0));
    private static final String A = "04 00000009 01 61 00000000 00000001 aaaa 7e 00000009 ";
    private static final String BC = "04 0000000a 02 6263 00000001 00000007 7e 0000000a ";

    private static List<DeviceTail.Section> walk(String hex, List<SectionSize> sizes) throws MalformedStreamException {
        byte[] bytes = HexFormat.of().parseHex(hex.replace(" ", ""));
        return DeviceTail.walk(bytes, 0, bytes.length, sizes);
    }

    @Test
    void sectionsStandOneAfterTheOther() throws Exception {
        assertThat(walk(A + BC + "00", TWO)).containsExactly(new DeviceTail.Section(9, "a", 0, 1, 15, 2),
                new DeviceTail.Section(10, "bc", 1, 7, 38, 0));
    }

    @Test
    void bodyOffsetsCountFromTheFirstSection() throws Exception {
        byte[] bytes = HexFormat.of().parseHex(("ffffff" + A + BC + "00" + "06").replace(" ", ""));
        assertThat(DeviceTail.walk(bytes, 3, bytes.length - 4, TWO)).extracting(DeviceTail.Section::bodyOffset)
                .containsExactly(15, 38);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            03 00000009 01 61 00000000 00000001 aaaa 7e 00000009 | does not begin where the VM description puts it
            04 00000009 02 61 00000000 00000001 aaaa 7e 00000009 | does not begin where the VM description puts it
            04 00000009 00 61 00000000 00000001 aaaa 7e 00000009 | does not begin where the VM description puts it
            04 00000009 01 62 00000000 00000001 aaaa 7e 00000009 | does not begin where the VM description puts it
            04 00000009 01 61 00000001 00000001 aaaa 7e 00000009 | does not begin where the VM description puts it
            04 00000009 01 61 00000000 00000001 aaaa 7d 00000009 | does not end where the VM description puts it
            04 00000009 01 61 00000000 00000001 aaaa 7e 00000008 | does not end where the VM description puts it
            04 00000009 01 61 00000000 00000001 aa 7e 0000000900 | does not end where the VM description puts it
            04 00000009 01 61 00000000 00000001 aaaa 7e 000000   | has 22 bytes by the VM description, expected at most 21
            """)
    void refusesASectionThatIsNotAsDescribed(String section, String message) {
        assertThatThrownBy(() -> walk(section, TWO)).isInstanceOf(MalformedStreamException.class)
                .hasMessage("section 'a', instance 0, at byte 0 of the device state " + message);
    }

    @Test
    void refusesABodyThatCannotBeThere() {
        var huge = List.of(new SectionSize("a", -1, 1, Integer.MAX_VALUE));
        assertThatThrownBy(() -> walk(A + "00", huge)).isInstanceOf(MalformedStreamException.class).hasMessage(
                "section 'a', instance 4294967295, at byte 0 of the device state has 2147483667 bytes by the VM description, expected at most 23");
    }

    @ParameterizedTest
    @CsvSource({"'', 22", "01, 23", "0000, 24"})
    void refusesSectionsThatAreNotFollowedByEof(String after, int bytes) {
        assertThatThrownBy(() -> walk(A + after, TWO.subList(0, 1))).isInstanceOf(MalformedStreamException.class)
                .hasMessage("device sections of 22 bytes in all, expected EOF after them as the last of " + bytes
                        + " bytes");
    }

    @Test
    void refusesASectionThatNobodyDescribes() {
        assertThatThrownBy(() -> walk(A + BC + "00", TWO.subList(0, 1))).isInstanceOf(MalformedStreamException.class)
                .hasMessage("device sections of 22 bytes in all, expected EOF after them as the last of 44 bytes");
    }

    private static DeviceTail withGlobalState(String hex) {
        byte[] body = HexFormat.of().parseHex(hex.replace(" ", ""));
        return new DeviceTail(body, new byte[0],
                List.of(new DeviceTail.Section(1, "globalstate", 0, 1, 0, body.length)));
    }

    @Test
    void runStateIsThatOfTheSourcesGuest() throws Exception {
        assertThat(withGlobalState(StockTail.GLOBAL_STATE_BODY).runState()).hasValue("prelaunch");
        assertThat(new DeviceTail(new byte[0], new byte[0], List.of()).runState()).isEmpty();
    }

    /** The length of the name plus one, and the name's first byte; the rest of the body is zero. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            00000000 72 | run state of 4294967295 characters, expected 1 to 31
            00000001 72 | run state of 0 characters, expected 1 to 31
            00000021 72 | run state of 32 characters, expected 1 to 31
            80000000 72 | run state of 2147483647 characters, expected 1 to 31
            00000002 1b | run state of 1 characters, expected letters a to z and '-'
            00000003 72 | run state of 2 characters, expected letters a to z and '-'
            """)
    void refusesAStrangeRunState(String start, String message) {
        assertThatThrownBy(() -> withGlobalState(start + "00".repeat(99)).runState())
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 103, 105})
    void refusesAGlobalStateOfAnotherLength(int bytes) {
        assertThatThrownBy(() -> withGlobalState("00".repeat(bytes)).runState())
                .isInstanceOf(MalformedStreamException.class)
                .hasMessage("section 'globalstate' of " + bytes + " bytes, expected 104");
    }
}
