package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class XbzrleDeltaTest {

    /** The page of zeros, changed by the delta {@code hex}. */
    private static byte[] changed(String hex) throws MalformedStreamException {
        byte[] delta = HexFormat.of().parseHex(hex.replace(" ", ""));
        byte[] page = new byte[4096];
        XbzrleDelta.apply(i -> delta[i], delta.length,
                (index, offset, length) -> System.arraycopy(delta, index, page, offset, length));
        return page;
    }

    private static byte[] pageWith(int offset, String hex) {
        byte[] page = new byte[4096];
        byte[] bytes = HexFormat.of().parseHex(hex);
        System.arraycopy(bytes, 0, page, offset, bytes.length);
        return page;
    }

    @ParameterizedTest
    @CsvSource({
            "00 01 aa,             0, aa",
            "05 02 aabb,           5, aabb",
            "05 02 aabb 01 01 cc,  5, aabb00cc",
            "05 01 aa 00 01 bb,    5, aabb",
            "ff1f 01 aa,        4095, aa",
            "8001 01 aa,         128, aa",
            "05 01 aa fa1f,        5, aa",
            "8020,                 0, 00",
            "00,                   0, 00",
            "8000 8100 aa,         0, aa"})
    void skipsUnchangedBytesAndCopiesChangedOnes(String delta, int offset, String bytes) throws Exception {
        assertThat(changed(delta)).isEqualTo(pageWith(offset, bytes));
    }

    /** A delta that QEMU 10.0.2 sent: a counter at the page's start and another one 24 bytes on. */
    @Test
    void understandsWhatQemuSends() throws Exception {
        assertThat(changed("00 03 1c9d3e 15 02 a70f")).isEqualTo(pageWith(0, "1c9d3e" + "00".repeat(21) + "a70f"));
    }

    @Test
    void keepsWhatItDoesNotName() throws Exception {
        byte[] delta = {1, 1, 0};
        byte[] page = {7, 7, 7};
        XbzrleDelta.apply(i -> delta[i], delta.length,
                (index, offset, length) -> System.arraycopy(delta, index, page, offset, length));
        assertThat(page).containsExactly(7, 0, 7);
    }

    @Test
    void mayBeAsLongAsThePage() throws Exception {
        String bytes = "ab".repeat(4093);
        assertThat(changed("00 fd1f" + bytes)).isEqualTo(pageWith(0, bytes));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            80             | XBZRLE data of 1 bytes ends within a count
            0080           | XBZRLE data of 2 bytes ends within a count
            01 01 aa 80    | XBZRLE data of 4 bytes ends within a count
            808001         | XBZRLE count of more than 2 bytes
            00 818000 aa   | XBZRLE count of more than 2 bytes
            8120           | XBZRLE run of 4097 bytes at offset 0, expected at most 4096
            ff7f           | XBZRLE run of 16383 bytes at offset 0, expected at most 4096
            ff1f 02 aabb   | XBZRLE run of 2 bytes at offset 4095, expected at most 1
            8020 01 aa     | XBZRLE run of 1 bytes at offset 4096, expected at most 0
            05 01 aa fb1f  | XBZRLE run of 4091 bytes at offset 6, expected at most 4090
            00 00          | XBZRLE run of no changed byte at offset 0
            05 00 01 01 aa | XBZRLE run of no changed byte at offset 5
            00 02 aa       | XBZRLE run of 2 changed bytes, of which 1 came
            00 01          | XBZRLE run of 1 changed bytes, of which 0 came
            00 8020 aa     | XBZRLE run of 4096 changed bytes, of which 1 came
            """)
    void refusesWhatIsNoDelta(String delta, String message) {
        assertThatThrownBy(() -> changed(delta)).isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 4097, 65535})
    void refusesALengthThatNoDeltaHas(int length) {
        assertThatThrownBy(() -> XbzrleDelta.apply(_ -> 0, length, (_, _, _) -> {}))
                .isInstanceOf(MalformedStreamException.class)
                .hasMessage("XBZRLE data of " + length + " bytes, expected 1 to 4096");
    }
}
