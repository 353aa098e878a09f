package io.godwit.engine.freepages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PendingPages;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class FreePageReportingTest {
    private static final int PAGES = 1024;
    private static final long BYTES = (long) PAGES * RamBlock.PAGE_SIZE;

    private final List<String> noted = new ArrayList<>();
    private MemoryBlock ram;

    FreePageReportingTest() throws IOException {
        ram = new MemoryBlock("ram", Mapping.anonymous(BYTES));
    }

    /** All of it holds memory. */
    private FreePageReporting reporting(boolean inMemfd) throws IOException {
        if (inMemfd) {
            ram.close();
            ram = new MemoryBlock("ram", shared());
        }
        ram.memory().populate(0, BYTES);
        return new FreePageReporting(List.of(ram), (block, first, pages) -> noted.add(first + "+" + pages));
    }

    private static Mapping shared() throws IOException {
        try (Fd memfd = MemFd.create("test-ram", BYTES)) {
            return Mapping.shared(memfd, BYTES);
        }
    }

    @AfterEach
    void close() {
        ram.close();
    }

    private long touched() throws IOException {
        var pages = new PendingPages(List.of(ram));
        pages.addTouched();
        return pages.count();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theHostHasItBackAndTheLogKnows(boolean inMemfd) throws IOException {
        FreePageReporting reporting = reporting(inMemfd);
        reporting.report(0, 100, 600);
        assertThat(touched()).isEqualTo(PAGES - 600);
        assertThat(noted).containsExactly("100+600");
        assertThat(reporting.counts()).isEqualTo(new FreePageReporting.Counts(1, 0, 600));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatSomebodyKeepsStays(boolean inMemfd) throws IOException {
        FreePageReporting reporting = reporting(inMemfd);
        ram.keepContent(this);
        ram.keepContent(noted);
        ram.letContentGo(noted);
        ram.letContentGo(noted);
        reporting.report(0, 0, PAGES);
        assertThat(touched()).isEqualTo(PAGES);
        assertThat(noted).isEmpty();
        assertThat(reporting.counts()).isEqualTo(new FreePageReporting.Counts(1, 1, 0));
        ram.letContentGo(this);
        reporting.report(0, 0, PAGES);
        assertThat(touched()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"0, 1025", "1, 1024", "-1, 1", "0, -1", "1025, 0", "1, 9223372036854775807"})
    void pagesThatThereAreNotAreRefused(long first, long pages) throws IOException {
        FreePageReporting reporting = reporting(false);
        assertThatThrownBy(() -> reporting.report(0, first, pages)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThat(touched()).isEqualTo(PAGES);
    }
}
