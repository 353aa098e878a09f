package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How a multifd channel introduces itself (qemu-stream.md, section 9). */
final class MultifdHelloTest {
    private static final UUID GUEST = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
    private static final String BEGINNING = "11223344" + "00000001" + "00112233445566778899aabbccddeeff";
    private static final String PADDING = "00".repeat(39);

    @Test
    void isMagicVersionUuidChannelAndPaddingInSixtyFourBytes() throws Exception {
        var hello = new MultifdHello(GUEST, 0xfe);
        String bytes = BEGINNING + "fe" + PADDING;
        assertThat(bytes).hasSize(2 * 64);
        assertThat(Bytes.written(hello::write)).isEqualTo(bytes);
        assertThat(MultifdHello.read(Bytes.of(bytes))).isEqualTo(hello);
    }

    @Test
    void aGuestWithoutUuidSaysZero() throws Exception {
        var hello = new MultifdHello(MultifdHello.NO_UUID, 0);
        assertThat(Bytes.written(hello::write)).isEqualTo("1122334400000001" + "00".repeat(56));
    }

    @Test
    void whatFollowsIsNotTouched() throws Exception {
        WireInput in = Bytes.of(BEGINNING + "01" + PADDING + "2a");
        MultifdHello.read(in);
        assertThat(in.u8()).isEqualTo(0x2a);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            5145564d 00000003 | multifd channel has 0x5145564d, version 3 at byte 0, expected 0x11223344, version 1
            44332211 01000000 | multifd channel has 0x44332211, version 16777216 at byte 0, expected 0x11223344, version 1
            11223344 00000000 | multifd channel has 0x11223344, version 0 at byte 0, expected 0x11223344, version 1
            11223344 ffffffff | multifd channel has 0x11223344, version 4294967295 at byte 0, expected 0x11223344, version 1
            """)
    void refusesAnotherBeginning(String bytes, String message) {
        assertThatThrownBy(() -> MultifdHello.read(Bytes.of(bytes + "00".repeat(56))))
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @Test
    void tellsAnEndInItsMiddleFromAStrangeValue() {
        String whole = BEGINNING + "01" + PADDING;
        for (int length = 0; length < 64; length++) {
            String cut = whole.substring(0, 2 * length);
            assertThatThrownBy(() -> MultifdHello.read(Bytes.of(cut))).as("cut at %d", length)
                    .isInstanceOf(EOFException.class);
        }
    }
}
