package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A device state of which nothing is known is cut into sections, and goes on as it came. */
final class PackagedDevicesTest {
    /** FULL, id 5, "a", instance 1, version 2, body of 4 bytes with what looks like its footer, footer. */
    private static final String FIRST = "04 00000005 01 61 00000001 00000002 7e000000057e00 7e 00000005";
    private static final String SECOND = "04 00000006 02 6262 ffffffff 00000001 7e 00000006";
    private static final String PING = "08 0002 0004 00000003";
    private static final String RUN = "08 0005 0000";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void cutsSectionsWhereOneEndsAndAnotherBegins() throws Exception {
        var packaged = new PackagedDevices(bytes(FIRST + SECOND + PING + RUN));
        assertThat(packaged.commands()).containsExactly(new StreamCommand.Ping(3));
        DeviceTail tail = packaged.tail();
        assertThat(tail.sections()).containsExactly(new DeviceTail.Section(5, "a", 1, 2, 15, 7),
                new DeviceTail.Section(6, "bb", -1, 1, 43, 0));
        byte[] sections = new byte[tail.sectionBytes().remaining()];
        tail.sectionBytes().get(sections);
        assertThat(sections).isEqualTo(bytes(FIRST + SECOND));
    }

    @Test
    void itsDescriptionLeadsThroughTheSectionsAgain() throws Exception {
        DeviceTail tail = new PackagedDevices(bytes(FIRST + SECOND + RUN)).tail();
        var collector = new DeviceTailCollector(StreamCommand.Ping.LOADED);
        var progress = DeviceTailCollector.Progress.MORE;
        for (byte octet : bytes(FIRST + SECOND + "00")) {
            progress = collector.accept(octet & 0xff);
        }
        var description = tail.descriptionBytes();
        while (description.hasRemaining()) {
            progress = collector.accept(description.get() & 0xff);
        }
        assertThat(progress).isEqualTo(DeviceTailCollector.Progress.WHOLE);
        assertThat(collector.tail().sections()).isEqualTo(tail.sections());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            08 0005                                              | the package of 3 bytes does not end with RUN
            04 00000005 01 61 00000001 00000002 08 0005 0000     | device section at byte 0 of the package has no end
            04 00000005 01 0a 00000001 00000002 7e 00000005 08 0005 0000 | byte 0 of the package begins no device section
            00 08 0005 0000                                      | byte 0 of the package begins no device section
            """)
    void refusesWhatIsNoDeviceState(String hex, String reason) {
        assertThatThrownBy(() -> new PackagedDevices(bytes(hex))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(reason);
    }
}
