package io.godwit.protocol.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.stream.MalformedStreamException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SealHeaderTest {
    private static final HexFormat HEX = HexFormat.of();
    /** Magic, version, kind of digest, start 8, end 0x20001: three extents. */
    private static final String GOLDEN = "474f44575345414c" + "01000000" + "01000000" + "0800000000000000"
            + "0100020000000000";
    private static final long SEAL_BYTES = 32 + 3 * 8 + 32;

    @Test
    void isMagicVersionDigestAndTwoPlaces() throws Exception {
        var header = new SealHeader(8, 0x20001);
        assertThat(HEX.formatHex(header.toBytes())).isEqualTo(GOLDEN).hasSize(2 * SealHeader.BYTES);
        assertThat(SealHeader.of(HEX.parseHex(GOLDEN), SEAL_BYTES)).isEqualTo(header);
        assertThat(header.sealBytes()).isEqualTo(SEAL_BYTES);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 0, 1", "0, 65536, 0, 1", "0, 65537, 0, 2", "65535, 65537, 0, 2", "65536, 65537, 1, 1",
            "1048577, 1310720, 16, 4"})
    void extentsStandAtMultiplesOfTheirSizeInTheFile(long start, long end, long first, long count) {
        var header = new SealHeader(start, end);
        assertThat(header.firstExtent()).isEqualTo(first);
        assertThat(header.extents()).isEqualTo(count);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            47 | 88 | a seal of 1 bytes, expected 32 or more
            474f44575345414d 01000000 01000000 0800000000000000 0100020000000000 | 88 | a seal that begins with 474f44575345414d, expected 474f44575345414c
            474f44575345414c 02000000 01000000 0800000000000000 0100020000000000 | 88 | a seal with version 2, expected 1
            474f44575345414c 01000000 ffffffff 0800000000000000 0100020000000000 | 88 | a seal with kind of digest 4294967295, expected 1
            474f44575345414c 01000000 01000000 ffffffffffffffff 0100020000000000 | 88 | a seal of bytes 18446744073709551615 to 131073, expected some of the first 4398046511104
            474f44575345414c 01000000 01000000 0100020000000000 0100020000000000 | 88 | a seal of bytes 131073 to 131073, expected some of the first 4398046511104
            474f44575345414c 01000000 01000000 0800000000000000 0100000000040000 | 88 | a seal of bytes 8 to 4398046511105, expected some of the first 4398046511104
            474f44575345414c 01000000 01000000 0800000000000000 ffffffffffffff7f | 88 | a seal of bytes 8 to 9223372036854775807, expected some of the first 4398046511104
            474f44575345414c 01000000 01000000 0800000000000000 0100020000000000 | 87 | a seal of 87 bytes, expected 88 for the bytes 8 to 131073
            474f44575345414c 01000000 01000000 0800000000000000 0000020000000000 | 88 | a seal of 88 bytes, expected 80 for the bytes 8 to 131072
            """)
    void refusesWhatIsNoSealOfThisLength(String bytes, long sealBytes, String message) {
        assertThatThrownBy(() -> SealHeader.of(HEX.parseHex(bytes.replace(" ", "")), sealBytes))
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }
}
