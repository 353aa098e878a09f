package io.godwit.engine.mappedram;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a mapping of the file would show wrongly is found, and nothing else. */
final class StalePagesTest {
    private static final int PAGES = 1000;

    @TempDir
    Path dir;

    private static void write(Fd file, MappedRamLayout.Block place, long page, int value) throws IOException {
        try (var buffer = new NativeBuffer(RamBlock.PAGE_SIZE)) {
            buffer.segment().fill((byte) value);
            file.pwriteFully(buffer.segment(), 0, RamBlock.PAGE_SIZE,
                    place.header().pagesOffset() + page * RamBlock.PAGE_SIZE);
        }
    }

    @Test
    void findsPagesThatBecameZeroAndStillStandInTheFile() throws IOException {
        var entry = new RamBlockEntry("pc.ram", PAGES * (long) RamBlock.PAGE_SIZE);
        MappedRamLayout.Block place = MappedRamLayout.of(List.of(entry), 100).blocks().getFirst();
        var present = new PageBitmap(PAGES);
        present.setRange(4, 7);
        present.set(998);
        try (Fd file = Fd.open(dir.resolve("ram"), Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE), 0600)) {
            file.truncate(place.pagesEnd());
            for (long page : List.of(3L, 4L, 5L, 7L, 300L, 301L, 600L, 998L, 999L)) {
                write(file, place, page, 7);
            }
            write(file, place, 8, 0);
            PageBitmap stale = new StalePages(file, place, present).find();
            for (long page : List.of(3L, 7L, 300L, 301L, 600L, 999L)) {
                assertThat(stale.get(page)).as("page %d", page).isTrue();
            }
            assertThat(stale.cardinality()).isEqualTo(6);
        }
    }

    @Test
    void aFileWithoutAnyHasNone() throws IOException {
        var entry = new RamBlockEntry("pc.ram", PAGES * (long) RamBlock.PAGE_SIZE);
        MappedRamLayout.Block place = MappedRamLayout.of(List.of(entry), 100).blocks().getFirst();
        try (Fd file = Fd.open(dir.resolve("ram"), Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE), 0600)) {
            file.truncate(place.pagesEnd());
            assertThat(new StalePages(file, place, new PageBitmap(PAGES)).find().cardinality()).isZero();
        }
    }
}
