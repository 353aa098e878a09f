package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
            07 00000001 70 05 12 636f6e66696775726174696f6e2f75756964 00000001 00112233445566778899aabbccddeeff 05 12 636f6e66696775726174696f6e2f75756964 00000001 | subsection 'configuration/uuid' comes twice
            """)
    void refusesAStrangeConfiguration(String bytes, String message) {
        assertThatThrownBy(() -> Configuration.read(Bytes.of(bytes))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            target-page-bits | 0000000d                   | target page of 2^13 bytes, expected 2^12
            capabilities     | ffffffff                   | 4294967295 capabilities in the configuration, at most 64 expected
            capabilities     | 00000041                   | 65 capabilities in the configuration, at most 64 expected
            capabilities     | 00000001 06 7862 7a726c65  | unknown capability 'xbzrle' in the configuration
            capabilities     | 00000001 00                | unknown capability '' in the configuration
            capabilities     | 00000002 0a 6d61707065642d72616d 0a 6d61707065642d72616d | capability 'mapped-ram' comes twice in the configuration
            """)
    void refusesAConfigurationOfAnotherForm(String subsection, String fields, String message) {
        String name = "configuration/" + subsection;
        String bytes = "07 00000001 70 05 %02x %s 00000001 %s 01".formatted(name.length(), Bytes.hex(name), fields);
        assertThatThrownBy(() -> Configuration.read(Bytes.of(bytes))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            mapped-ram      |                 | Capability mapped-ram is off, but received capability is on
                            | mapped-ram      | Capability mapped-ram is on, but received capability is off
            x-ignore-shared |                 | Capability x-ignore-shared is off, but received capability is on
            x-ignore-shared | mapped-ram      | Capability x-ignore-shared is off, but received capability is on
            mapped-ram      | x-ignore-shared | Capability x-ignore-shared is on, but received capability is off
            """)
    void refusesAStreamOfOtherCapabilities(@Nullable String received, @Nullable String here, String message) {
        var configuration = new Configuration("pc", capabilities(received), Optional.empty());
        assertThatThrownBy(() -> configuration.checkAgree(capabilities(here)))
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    private static Set<Configuration.Capability> capabilities(@Nullable String name) {
        return switch (name) {
            case "mapped-ram" -> Set.of(Configuration.Capability.MAPPED_RAM);
            case "x-ignore-shared" -> Set.of(Configuration.Capability.IGNORE_SHARED);
            case null, default -> Set.of();
        };
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
            0003 0000          | the source asks for postcopy of dirty bitmaps; there are no disks here
            0003 0008          | command POSTCOPY_ADVISE of 8 bytes, expected 16
            0004 0001 00       | command POSTCOPY_LISTEN of 1 bytes, expected 0
            0005 0001 00       | command POSTCOPY_RUN of 1 bytes, expected 0
            0006 0004 00 01 61 00 | command POSTCOPY_RAM_DISCARD of 4 bytes for block 'a', expected 4 and 16 for each range
            0006 0015 00 01 61 00 | command POSTCOPY_RAM_DISCARD of 21 bytes for block 'a', expected 4 and 16 for each range
            0006 0014 01 01 61 00 | command POSTCOPY_RAM_DISCARD: version is 0x01, expected 0x00
            0006 0014 00 01 61 7f | command POSTCOPY_RAM_DISCARD: end of the name is 0x7f, expected 0x00
            0007 0000          | command PACKAGED of 0 bytes, expected 4
            0008 0000          | the source asks for COLO, which Godwit does not do
            0009 0001 00       | command POSTCOPY_RESUME of 1 bytes, expected 0
            000a 0003 01 61    | command RECV_BITMAP of 3 bytes, expected 2
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
            0003 000c 0000000000001000 00001000 01 61 | return path message REQ_PAGES_ID of 12 bytes, expected 14
            0004 000d          | return path message REQ_PAGES of 13 bytes, expected 12
            0005 0001 01 61    | return path message RECV_BITMAP of 1 bytes, expected 2
            0006 0000          | return path message RESUME_ACK of 0 bytes, expected 4
            0008 0000          | unknown return path message 8 of 0 bytes
            """)
    void refusesAStrangeReturnPathMessage(String bytes, String message) {
        assertThatThrownBy(() -> ReturnPathMessage.read(Bytes.of(bytes))).isInstanceOf(MalformedStreamException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0000000000000010 | bitmap of 16 bytes for a block of 3 pages, expected 8
            ffffffffffffffff | bitmap of 18446744073709551615 bytes for a block of 3 pages, expected 8
            0000000000000008 0f00000000000000 | bitmap has bits set beyond the block's 3 pages
            0000000000000008 0700000000000000 0123456789abcdee | bitmap ends with 0x0123456789abcdee, expected 0x0123456789abcdef
            """)
    void refusesAStrangeBitmap(String bytes, String message) {
        assertThatThrownBy(() -> ReceivedBitmap.read(Bytes.of(bytes), 3, (i, bits) -> {}))
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            01 61 0000000000000000 | RAM block 'a' of 0 bytes, expected pages of 4096 bytes, at most 8192 of the total of 8192
            01 61 0000000000000001 | RAM block 'a' of 1 bytes, expected pages of 4096 bytes, at most 8192 of the total of 8192
            01 61 0000000000001fff | RAM block 'a' of 8191 bytes, expected pages of 4096 bytes, at most 8192 of the total of 8192
            01 61 0000000000003000 | RAM block 'a' of 12288 bytes, expected pages of 4096 bytes, at most 8192 of the total of 8192
            01 61 fffffffffffff000 | RAM block 'a' of 18446744073709547520 bytes, expected pages of 4096 bytes, at most 8192 of the total of 8192
            01 61 0000000000001000 01 62 0000000000002000 | RAM block 'b' of 8192 bytes, expected pages of 4096 bytes, at most 4096 of the total of 8192
            01 61 0000000000001000 01 61 0000000000001000 | RAM block 'a' is listed twice
            00 0000000000001000    | RAM block 0 of the list has no name
            02 61 1b 0000000000001000 | RAM block 0 of the list has a name that is not printable ASCII
            01 00 0000000000001000 | RAM block 0 of the list has a name that is not printable ASCII
            01 7f 0000000000001000 | RAM block 0 of the list has a name that is not printable ASCII
            02 c3a9 0000000000001000 | RAM block 0 of the list has a name that is not printable ASCII
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
        var many = IntStream.range(0, 5000)
                .mapToObj(i -> "02 %04x 0000000000001000".formatted(0x2121 + i / 90 * 256 + i % 90))
                .collect(Collectors.joining());
        assertThatThrownBy(() -> RamBlockEntry.readList(Bytes.of(many), 5000 * 4096L)).isInstanceOf(IOException.class)
                .hasMessage("more than 4096 RAM blocks");
    }

    @Test
    void readsNoBlockOfATotalThatIsNoNumberOfBytes() throws Exception {
        assertThat(RamBlockEntry.readList(Bytes.of("01 61 0000000000001000"), -4096)).isEmpty();
    }
}
