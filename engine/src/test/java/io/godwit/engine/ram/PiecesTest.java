package io.godwit.engine.ram;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.linux.Mapping;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class PiecesTest {
    private final List<MemoryBlock> blocks = new ArrayList<>();

    @AfterEach
    void closeBlocks() {
        blocks.forEach(MemoryBlock::close);
    }

    private Pieces of(int... pages) throws IOException {
        for (int count : pages) {
            blocks.add(new MemoryBlock("block" + blocks.size(), Mapping.anonymous((long) count * RamBlock.PAGE_SIZE)));
        }
        return new Pieces(blocks);
    }

    private static List<String> taken(Pieces pieces) {
        List<String> taken = new ArrayList<>();
        pieces.<RuntimeException>takeAll((index, from, to) -> taken.add(index + ": " + from + "-" + to));
        return taken;
    }

    @Test
    void areFourMebibytesEachAndNeverOfTwoBlocks() throws Exception {
        assertThat(taken(of(2500, 1, 1024, 1025))).containsExactly("0: 0-1024", "0: 1024-2048", "0: 2048-2500",
                "1: 0-1",
                "2: 0-1024", "3: 0-1024", "3: 1024-1025");
    }

    @Test
    void areNoneOfNoBlocks() throws Exception {
        assertThat(taken(of())).isEmpty();
    }

    @Test
    void areGivenOutOnce() throws Exception {
        Pieces pieces = of(3000);
        assertThat(taken(pieces)).hasSize(3);
        assertThat(taken(pieces)).isEmpty();
    }

    @Test
    void areGivenToWhoeverAsksNext() throws Exception {
        Pieces pieces = of(2048);
        List<String> nested = new ArrayList<>();
        pieces.<RuntimeException>takeAll((index, from, to) -> nested.addAll(taken(pieces)));
        assertThat(nested).containsExactly("0: 1024-2048");
    }

    @Test
    void areGivenOutOnceToManyThreadsTogether() throws Exception {
        int count = 300;
        int pagesOfPiece = 1024;
        Pieces pieces = of(count * pagesOfPiece);
        var times = new AtomicIntegerArray(count);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(() -> pieces.<RuntimeException>takeAll(
                    (index, from, to) -> times.incrementAndGet((int) (from / pagesOfPiece)))));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        for (int i = 0; i < count; i++) {
            assertThat(times.get(i)).as("piece %d", i).isEqualTo(1);
        }
    }

    @Test
    void areNotGivenOutAfterAStop() throws Exception {
        Pieces pieces = of(5000);
        List<Long> taken = new ArrayList<>();
        pieces.<RuntimeException>takeAll((index, from, to) -> {
            taken.add(from);
            pieces.stop();
        });
        assertThat(taken).containsExactly(0L);
        assertThat(taken(pieces)).isEmpty();
    }
}
