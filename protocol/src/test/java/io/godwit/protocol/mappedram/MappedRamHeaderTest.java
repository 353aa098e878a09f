package io.godwit.protocol.mappedram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.stream.Bytes;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.EOFException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MappedRamHeaderTest {
    private static final String GOLDEN = "00000001" + "0000000000001000" + "0000000000000099" + "0000000000100000";
    private static final long FILE_BYTES = 0x102000;

    @Test
    void isVersionPageSizeAndTwoOffsets() throws Exception {
        var header = new MappedRamHeader(0x99, 0x100000);
        assertThat(Bytes.written(header::write)).isEqualTo(GOLDEN).hasSize(2 * MappedRamHeader.BYTES);
        assertThat(MappedRamHeader.read(Bytes.of(GOLDEN), "pc.ram", 0x2000, FILE_BYTES)).isEqualTo(header);
    }

    @Test
    void pagesMayEndWithTheFileButNotAfterIt() throws Exception {
        MappedRamHeader.read(Bytes.of(GOLDEN), "pc.ram", 0x2000, FILE_BYTES);
        assertThatThrownBy(() -> MappedRamHeader.read(Bytes.of(GOLDEN), "pc.ram", 0x2000, FILE_BYTES - 1))
                .isInstanceOf(MalformedStreamException.class);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            # bitmap of two words of 64 pages, one bit of the second used
            00000001 0000000000001000 0000000000000ff0 0000000000001000
            # bitmap after the pages
            00000001 0000000000001000 0000000000042000 0000000000001000
            """)
    void bitmapAndPagesMayTouch(String bytes) throws Exception {
        assertThat(MappedRamHeader.read(Bytes.of(bytes), "pc.ram", 0x41000, 0x42010)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            00000000 0000000000001000 0000000000000099 0000000000100000 | mapped-ram header of RAM block 'pc.ram' has version 0, expected 1
            00000002 0000000000001000 0000000000000099 0000000000100000 | mapped-ram header of RAM block 'pc.ram' has version 2, expected 1
            ffffffff 0000000000001000 0000000000000099 0000000000100000 | mapped-ram header of RAM block 'pc.ram' has version 4294967295, expected 1
            00000001 0000000000000000 0000000000000099 0000000000100000 | RAM block 'pc.ram' has pages of 0 bytes, expected 4096
            00000001 0000000000200000 0000000000000099 0000000000100000 | RAM block 'pc.ram' has pages of 2097152 bytes, expected 4096
            00000001 0000000100001000 0000000000000099 0000000000100000 | RAM block 'pc.ram' has pages of 4294971392 bytes, expected 4096
            00000001 0000000000001000 0000000000101ff9 0000000000100000 | bitmap of RAM block 'pc.ram': 8 bytes at byte 1056761 of the file, which has 1056768
            00000001 0000000000001000 7fffffffffffffff 0000000000100000 | bitmap of RAM block 'pc.ram': 8 bytes at byte 9223372036854775807 of the file, which has 1056768
            00000001 0000000000001000 ffffffffffffffff 0000000000100000 | bitmap of RAM block 'pc.ram': 8 bytes at byte 18446744073709551615 of the file, which has 1056768
            00000001 0000000000001000 0000000000000099 0000000000101000 | pages of RAM block 'pc.ram': 8192 bytes at byte 1052672 of the file, which has 1056768
            00000001 0000000000001000 0000000000000099 7ffffffffffff000 | pages of RAM block 'pc.ram': 8192 bytes at byte 9223372036854771712 of the file, which has 1056768
            00000001 0000000000001000 0000000000000099 fffffffffffff000 | pages of RAM block 'pc.ram': 8192 bytes at byte 18446744073709547520 of the file, which has 1056768
            00000001 0000000000001000 0000000000000099 00000000000ff800 | pages of RAM block 'pc.ram' at byte 1046528 of the file, expected a multiple of 4096
            00000001 0000000000001000 0000000000100000 0000000000100000 | bitmap of RAM block 'pc.ram' at byte 1048576 of the file overlaps its pages at byte 1048576
            00000001 0000000000001000 00000000000ffff9 0000000000100000 | bitmap of RAM block 'pc.ram' at byte 1048569 of the file overlaps its pages at byte 1048576
            00000001 0000000000001000 0000000000100fff 00000000000ff000 | bitmap of RAM block 'pc.ram' at byte 1052671 of the file overlaps its pages at byte 1044480
            """)
    void refusesWhatTheFileCannotHold(String bytes, String message) {
        assertThatThrownBy(() -> MappedRamHeader.read(Bytes.of(bytes), "pc.ram", 0x2000, FILE_BYTES))
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @Test
    void refusesABlockLongerThanTheFile() {
        assertThatThrownBy(() -> MappedRamHeader.read(Bytes.of(GOLDEN), "pc.ram", 0x7ffffffffffff000L, FILE_BYTES))
                .isInstanceOf(MalformedStreamException.class).hasMessageEndingWith("of the file, which has 1056768");
    }

    @Test
    void anEndInMidHeaderIsAnEnd() {
        String cut = GOLDEN.substring(0, GOLDEN.length() - 2);
        assertThatThrownBy(() -> MappedRamHeader.read(Bytes.of(cut), "pc.ram", 0x2000, FILE_BYTES))
                .isInstanceOf(EOFException.class);
    }
}
