package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a lying peer may send, value by value, and the words it is refused with. */
final class HostileStreamTest {

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            47455420 2f204854      | not a migration stream: it begins with 0x47455420, expected 0x5145564d
            5145564d 00000002      | stream version 2, expected 3
            5145564d ffffffff      | stream version 4294967295, expected 3
            """)
    void refusesAStrangeHeader(String bytes, String message) {
        assertThatThrownBy(() -> StreamHeader.read(Bytes.of(bytes))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            01 00000002 7063                             | the stream's first section is START, expected CONFIGURATION
            07 00000000                                  | machine type of 0 bytes, expected 1 to 255
            07 ffffffff                                  | machine type of 4294967295 bytes, expected 1 to 255
            07 00000001 70 09                            | unknown section type 0x09 at byte 6
            07 00000001 70 05 01 78 00000001             | unknown subsection 'x' of the configuration
            07 00000001 70 05 01 78 00000002             | subsection 'x' has version 2, expected 1
            """)
    void refusesAStrangeConfiguration(String bytes, String message) {
        assertThatThrownBy(() -> Configuration.read(Bytes.of(bytes))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            target-page-bits | 0000000d                   | target page of 2^13 bytes, expected 2^12
            capabilities     | ffffffff                   | 4294967295 capabilities in the configuration, at most 64 expected
            capabilities     | 00000001 0a 6d61707065642d72616d | Capability mapped-ram is off, but received capability is on
            """)
    void refusesAConfigurationOfAnotherForm(String subsection, String fields, String message) {
        String name = "configuration/" + subsection;
        String bytes = "07 00000001 70 05 %02x %s 00000001 %s 01".formatted(name.length(), Bytes.hex(name), fields);
        assertThatThrownBy(() -> Configuration.read(Bytes.of(bytes))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            7d 00000002 | section 'ram' does not end where it should: 0x7d at byte 0, expected 0x7e
            7e 00000003 | footer of section 'ram' at byte 0 names section 3, expected 2
            """)
    void refusesAStrangeFooter(String bytes, String message) {
        assertThatThrownBy(() -> SectionHeader.readFooter(Bytes.of(bytes), 2, "ram"))
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0000 0000          | unknown command 0 of 0 bytes
            00ff 0010          | unknown command 255 of 16 bytes
            0001 0001 00       | command OPEN_RETURN_PATH of 1 bytes, expected 0
            0002 0000          | command PING of 0 bytes, expected 4
            000b 0002 0000     | command SWITCHOVER_START of 2 bytes, expected 0
            0003 0010          | the source asks for postcopy (command 3), which is not switched on here
            """)
    void refusesAStrangeCommand(String bytes, String message) {
        assertThatThrownBy(() -> StreamCommand.read(Bytes.of(bytes))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0000 0000          | unknown return path message 0 of 0 bytes
            0001 0002 0000     | return path message SHUT of 2 bytes, expected 4
            0002 0008          | return path message PONG of 8 bytes, expected 4
            0007 0001 00       | return path message SWITCHOVER_ACK of 1 bytes, expected 0
            0004 000c          | the destination speaks of postcopy (return path message 4), which is not switched on here
            """)
    void refusesAStrangeReturnPathMessage(String bytes, String message) {
        assertThatThrownBy(() -> ReturnPathMessage.read(Bytes.of(bytes))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            01 61 0000000000000000 | RAM block 'a' of 0 bytes, expected 1 to 8192 of the total of 8192
            01 61 0000000000003000 | RAM block 'a' of 12288 bytes, expected 1 to 8192 of the total of 8192
            01 61 ffffffffffffffff | RAM block 'a' of 18446744073709551615 bytes, expected 1 to 8192 of the total of 8192
            """)
    void refusesABlockListThatDoesNotAddUp(String bytes, String message) {
        assertThatThrownBy(() -> RamBlockEntry.readList(Bytes.of(bytes), 8192))
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "07", "07 0000", "07 00000002 70", "07 00000001 70 05 12"})
    void tellsAnEndInMidValueFromAStrangeValue(String bytes) {
        assertThatThrownBy(() -> Configuration.read(Bytes.of(bytes))).isInstanceOf(EOFException.class);
    }

    @Test
    void boundsTheNumberOfBlocks() {
        String many = "01 61 0000000000000001".repeat(5000);
        assertThatThrownBy(() -> RamBlockEntry.readList(Bytes.of(many), 5000)).isInstanceOf(IOException.class)
                .hasMessage("more than 4096 RAM blocks");
    }
}
