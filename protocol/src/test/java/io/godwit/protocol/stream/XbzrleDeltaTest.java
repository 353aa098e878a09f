package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Random;
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

    /** The delta of two pages in hex, "" when they are equal and "overflow" when it has more than {@code limit} bytes. */
    private static String delta(byte[] before, byte[] after, int limit) {
        byte[] delta = new byte[limit];
        int length = XbzrleDelta.encode(offset -> word(before, offset) ^ word(after, offset), new XbzrleDelta.Sink() {
            @Override
            public void put(int index, int value) {
                delta[index] = (byte) value;
            }

            @Override
            public void copy(int index, int offset, int count) {
                System.arraycopy(after, offset, delta, index, count);
            }
        }, limit);
        return length == XbzrleDelta.OVERFLOW ? "overflow" : HexFormat.of().formatHex(delta, 0, length);
    }

    private static long word(byte[] page, int offset) {
        return ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN).getLong(offset);
    }

    @ParameterizedTest
    @CsvSource({
            "0,    aa,         00 01 aa",
            "5,    aabb,       05 02 aabb",
            "5,    aa00bb,     05 01 aa 01 01 bb",
            "7,    aabb,       07 02 aabb",
            "6,    aabbcc00dd, 06 03 aabbcc 01 01 dd",
            "127,  aa,         7f 01 aa",
            "128,  aa,         8001 01 aa",
            "4095, aa,         ff1f 01 aa",
            "4088, 0000000000000001, ff1f 01 01",
            "8,    0100000000000001, 08 01 01 06 01 01",
            "0,    0001010101010101, 01 07 01010101010101",
            "0,    01000101010101010101, 00 01 01 01 08 0101010101010101"})
    void countsUnchangedBytesAndCopiesChangedOnes(int offset, String bytes, String delta) {
        assertThat(delta(new byte[4096], pageWith(offset, bytes), 4096)).isEqualTo(delta.replace(" ", ""));
    }

    @Test
    void makesTheSameOfAPageThatQemuMade() {
        assertThat(delta(new byte[4096], pageWith(0, "1c9d3e" + "00".repeat(21) + "a70f"), 4096))
                .isEqualTo("00031c9d3e1502a70f");
    }

    @Test
    void isEmptyForAPageThatHasNotChanged() {
        assertThat(delta(pageWith(9, "aabb"), pageWith(9, "aabb"), 4096)).isEmpty();
    }

    @Test
    void makesAllOfAPageThatChangedUpToTheLimitAndNothingAboveIt() {
        byte[] half = pageWith(0, "ab".repeat(2048));
        assertThat(delta(new byte[4096], half, 2051)).isEqualTo("008010" + "ab".repeat(2048));
        assertThat(delta(new byte[4096], half, 2050)).isEqualTo("overflow");
        assertThat(delta(new byte[4096], pageWith(0, "ab".repeat(4096)), 4096)).isEqualTo("overflow");
        assertThat(delta(new byte[4096], pageWith(0, "ab00".repeat(2048)), 4096)).isEqualTo("overflow");
    }

    /** Pages changed in runs of every length and place, by bytes that differ in one bit, in all, or not at all. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void appliedToTheOldPageGivesTheNewOne(long seed) throws Exception {
        var random = new Random(seed);
        byte[] before = new byte[4096];
        random.nextBytes(before);
        for (int round = 0; round < 500; round++) {
            byte[] after = before.clone();
            for (int run = random.nextInt(1 << random.nextInt(9)); run > 0; run--) {
                int from = random.nextInt(4096);
                int to = Math.min(4096, from + random.nextInt(1 << random.nextInt(12)) + 1);
                for (int i = from; i < to; i++) {
                    after[i] ^= (byte) (random.nextBoolean() ? 0xff : 1 << random.nextInt(9));
                }
            }
            String encoded = delta(before, after, XbzrleDelta.MAX_BYTES);
            if (encoded.equals("overflow")) {
                assertThat(plainLength(before, after)).as("round %d", round).isGreaterThan(XbzrleDelta.MAX_BYTES);
            } else if (encoded.isEmpty()) {
                assertThat(after).as("round %d", round).isEqualTo(before);
            } else {
                assertThat(encoded).as("round %d", round).hasSize(2 * plainLength(before, after));
                byte[] delta = HexFormat.of().parseHex(encoded);
                byte[] page = before.clone();
                XbzrleDelta.apply(i -> delta[i], delta.length,
                        (index, offset, length) -> System.arraycopy(delta, index, page, offset, length));
                assertThat(page).as("round %d", round).isEqualTo(after);
            }
            before = after;
        }
    }

    /** How long a delta of the shortest runs is, counted byte by byte. */
    private static int plainLength(byte[] before, byte[] after) {
        int length = 0;
        for (int at = 0; at < 4096;) {
            int changed = at;
            while (changed < 4096 && before[changed] == after[changed]) {
                changed++;
            }
            int end = changed;
            while (end < 4096 && before[end] != after[end]) {
                end++;
            }
            if (end > changed) {
                length += (changed - at < 128 ? 1 : 2) + (end - changed < 128 ? 1 : 2) + end - changed;
            }
            at = end;
        }
        return length;
    }
}
