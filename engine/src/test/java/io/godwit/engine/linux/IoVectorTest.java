package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class IoVectorTest {
    private static final int PAGE = 4096;

    private final NativeBuffer buffer = new NativeBuffer(8 * PAGE);
    private final MemorySegment bytes = buffer.segment();
    private final IoVector pieces = new IoVector();

    @AfterEach
    void close() {
        pieces.close();
        buffer.close();
    }

    @Test
    void writesPiecesInTheirOrderAndReadsThemToOtherPlaces() throws IOException {
        fill(0, 8 * PAGE);
        List<Fd> ends = StreamSocket.pair();
        try (Fd one = ends.get(0); Fd other = ends.get(1); Mapping memory = Mapping.anonymous(8 * PAGE)) {
            memory.copyFrom(0, bytes, 0, 8 * PAGE);
            pieces.add(memory, 5 * PAGE, PAGE);
            pieces.add(memory, PAGE, PAGE);
            pieces.addFirst(bytes, 100, 10);
            assertThat(pieces.byteSize()).isEqualTo(2 * PAGE + 10);
            while (pieces.byteSize() > 0) {
                pieces.writeTo(one);
            }
            memory.zero(0, 8 * PAGE);
            pieces.add(bytes, 0, 10);
            pieces.add(memory, 7 * PAGE, PAGE);
            pieces.add(memory, 3 * PAGE, PAGE);
            while (pieces.byteSize() > 0) {
                pieces.readFrom(other);
            }
            assertThat(memory.contentEquals(7 * PAGE, bytes, 5 * PAGE, PAGE)).isTrue();
            assertThat(memory.contentEquals(3 * PAGE, bytes, PAGE, PAGE)).isTrue();
            assertThat(memory.isZero(4 * PAGE, 3 * PAGE)).as("what lies between").isTrue();
        }
    }

    @Test
    void piecesSideBySideAreOne() {
        pieces.add(bytes, 0, PAGE);
        pieces.add(bytes, PAGE, PAGE);
        pieces.add(bytes, 3 * PAGE, PAGE);
        assertThat(pieces.count()).isEqualTo(2);
        assertThat(pieces.byteSize()).isEqualTo(3 * PAGE);
    }

    @Test
    void goesOnWhereAShortFillEnded() {
        fill(4 * PAGE, PAGE);
        pieces.add(bytes, 0, 10);
        pieces.add(bytes, 20, 10);
        pieces.fill(bytes, 4 * PAGE, 13);
        assertThat(pieces.byteSize()).isEqualTo(7);
        pieces.fill(bytes, 4 * PAGE + 13, 7);
        assertThat(pieces.byteSize()).isZero();
        assertThat(MemorySegment.mismatch(bytes, 0, 10, bytes, 4 * PAGE, 4 * PAGE + 10)).isEqualTo(-1);
        assertThat(MemorySegment.mismatch(bytes, 20, 30, bytes, 4 * PAGE + 10, 4 * PAGE + 20)).isEqualTo(-1);
    }

    @Test
    void takesAsManyPiecesAsOneCallDoes() {
        for (int i = 0; i < IoVector.CAPACITY; i++) {
            pieces.add(bytes, i * 2L, 1);
        }
        assertThatIllegalStateException().isThrownBy(() -> pieces.add(bytes, PAGE, 1))
                .withMessageContaining("more than 1023 pieces");
        pieces.addFirst(bytes, PAGE, 1);
        assertThat(pieces.count()).isEqualTo(1024);
        assertThatIllegalStateException().isThrownBy(() -> pieces.addFirst(bytes, PAGE, 1));
    }

    @Test
    void refusesMoreThanThereIsRoomFor() {
        pieces.add(bytes, 0, 10);
        assertThatIllegalArgumentException().isThrownBy(() -> pieces.fill(bytes, 0, 11))
                .withMessage("fill 11 bytes, there is room for 10");
    }

    private void fill(int from, int length) {
        for (int i = from; i < from + length; i++) {
            bytes.set(JAVA_BYTE, i, (byte) (1 + i / 7 + i % 251));
        }
    }
}
