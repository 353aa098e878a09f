package io.godwit.engine.postcopy;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.linux.Mapping;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each missing page is given out once: to who asks for it, or in its turn. */
final class OwedPagesTest {
    private final List<MemoryBlock> blocks = new ArrayList<>();
    private final PageRun request = new PageRun();
    private final PageRun run = new PageRun();

    @BeforeEach
    void makeTwoBlocks() throws IOException {
        blocks.add(new MemoryBlock("pc.ram", Mapping.anonymous(100L * RamBlock.PAGE_SIZE)));
        blocks.add(new MemoryBlock("rom", Mapping.anonymous(10L * RamBlock.PAGE_SIZE)));
    }

    @AfterEach
    void closeThem() {
        blocks.forEach(MemoryBlock::close);
    }

    /** Pages 10 to 19 of the first block were touched, 12 to 15 of them are pending, and all of the second. */
    private OwedPages owed() {
        var pending = new PendingPages(blocks);
        var touched = new PendingPages(blocks);
        touched.bitmap(0).setRange(10, 20);
        pending.bitmap(0).setRange(12, 16);
        touched.bitmap(1).setRange(0, 10);
        pending.bitmap(1).setRange(0, 10);
        return new OwedPages(pending, touched);
    }

    /** Of two pages of memory with four of the stream's each. */
    private static PendingPages pageFiveOfTwoLargePages() {
        var pending = new PendingPages(List.of(new LargePages(8, 4)));
        pending.bitmap(0).set(5);
        return pending;
    }

    private static OwedPages allTouched(PendingPages pending) {
        var touched = new PendingPages(pending.blocks());
        touched.addAll();
        return new OwedPages(pending, touched);
    }

    private List<String> taken(OwedPages owed, long most) {
        var runs = new ArrayList<String>();
        while (owed.takeNext(most, run)) {
            runs.add(run.block() + ":" + run.first() + "+" + run.pages());
        }
        return runs;
    }

    private List<String> asked(OwedPages owed, int block, long first, long pages) {
        var runs = new ArrayList<String>();
        request.set(block, first, pages);
        for (long from = first; owed.takeRequested(request, from, run); from = run.end()) {
            runs.add(run.block() + ":" + run.first() + "+" + run.pages());
        }
        return runs;
    }

    @Test
    void whatIsThereIsNotMissingAndWhatWasNeverTouchedIs() {
        PageBitmap missing = owed().missing().bitmap(0);
        assertThat(missing.cardinality()).isEqualTo(100 - 6);
        assertThat(missing.nextClear(0)).isEqualTo(10);
        assertThat(missing.nextSet(10)).isEqualTo(12);
        assertThat(missing.nextClear(12)).isEqualTo(16);
    }

    @Test
    void onlyWhatWasTouchedIsGivenOutUnasked() {
        OwedPages owed = owed();
        assertThat(owed.left()).isEqualTo(14);
        assertThat(taken(owed, 8)).containsExactly("0:12+4", "1:0+8", "1:8+2");
        assertThat(owed.left()).isZero();
    }

    @Test
    void whatIsAskedForIsGivenOutOnceTouchedOrNot() {
        OwedPages owed = owed();
        assertThat(asked(owed, 0, 8, 8)).containsExactly("0:8+2", "0:12+4");
        assertThat(asked(owed, 0, 8, 8)).isEmpty();
        assertThat(owed.left()).isEqualTo(10);
    }

    @Test
    void theRestGoesOnBehindWhatWasAskedForAndComesRound() {
        OwedPages owed = owed();
        asked(owed, 1, 6, 1);
        assertThat(taken(owed, 100)).containsExactly("1:7+3", "0:12+4", "1:0+6");
    }

    @Test
    void aBlockThatLacksNothingLacksItsFirstPage() {
        var nothing = new PendingPages(blocks);
        var touched = new PendingPages(blocks);
        touched.addAll();
        var owed = new OwedPages(nothing, touched);
        assertThat(owed.missing().bitmap(0).cardinality()).isOne();
        assertThat(taken(owed, 100)).containsExactly("0:0+1", "1:0+1");
    }

    @Test
    void whatIsWrittenLaterIsToBeSentAndWhatOfItWasThereIsToBeThrownAway() {
        OwedPages owed = owed();
        var pending = new PendingPages(blocks);
        pending.bitmap(1).setRange(0, 10);
        pending.bitmap(0).setRange(11, 17); // 11 and 16 were there, 12 to 15 were pending before
        pending.bitmap(0).set(50); // was never touched before
        PendingPages more = owed.add(pending);
        assertThat(more.bitmap(0).cardinality()).isEqualTo(2);
        assertThat(more.bitmap(0).get(11)).isTrue();
        assertThat(more.bitmap(0).get(16)).isTrue();
        assertThat(more.bitmap(1).cardinality()).isZero();
        assertThat(owed.left()).isEqualTo(17);
        assertThat(taken(owed, 100)).containsExactly("0:11+6", "0:50+1", "1:0+10");
        assertThat(asked(owed, 0, 17, 3)).isEmpty();
    }

    @Test
    void ofALargePageThatIsWrittenLaterAllIsThrownAwayAndSent() {
        PendingPages pending = pageFiveOfTwoLargePages();
        OwedPages owed = allTouched(pending);
        pending.bitmap(0).set(2);
        PendingPages more = owed.add(pending);
        assertThat(more.bitmap(0).nextSet(0)).isZero();
        assertThat(more.bitmap(0).cardinality()).isEqualTo(4);
        assertThat(owed.left()).isEqualTo(8);
    }

    @Test
    void afterARecoveryWhatHasNotArrivedIsMissingAgain() {
        OwedPages owed = owed();
        taken(owed, 100);
        PageBitmap received = new PageBitmap(100);
        received.setRange(10, 14);
        owed.lacksAllBut(0, received);
        assertThat(taken(owed, 100)).containsExactly("0:14+6");
        assertThat(asked(owed, 0, 0, 1)).containsExactly("0:0+1");
        assertThat(asked(owed, 0, 12, 1)).isEmpty();
    }

    @Test
    void aLargePageOfMemoryIsMissingAsAWholeAndGivenOutInOneRun() {
        OwedPages owed = allTouched(pageFiveOfTwoLargePages());
        assertThat(owed.missing().bitmap(0).nextSet(0)).isEqualTo(4);
        assertThat(owed.missing().bitmap(0).cardinality()).isEqualTo(4);
        assertThat(taken(owed, 1)).containsExactly("0:4+4");
        PageBitmap received = new PageBitmap(8);
        received.setRange(0, 7);
        owed.lacksAllBut(0, received);
        assertThat(owed.left()).isEqualTo(4);
        assertThat(asked(owed, 0, 4, 4)).containsExactly("0:4+4");
    }

    @Test
    void knowsItsBlocksByName() {
        assertThat(owed().indexOf("rom")).isOne();
        assertThat(owed().indexOf("vga")).isEqualTo(-1);
    }
}
