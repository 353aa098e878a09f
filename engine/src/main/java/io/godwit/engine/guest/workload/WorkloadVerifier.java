package io.godwit.engine.guest.workload;

import io.godwit.engine.guest.Guest.Verification;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.Pagemap;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks all of RAM against what the program, where it stands, must have left there:
 *
 * <ol>
 * <li>every filled page has its number, the generation, and its content;
 * <li>in each thread's part of the working set counters are c + 1 up to the next page to touch and c from there on, c being
 * the passes completed; outside they are 0;
 * <li>the hog's pages are as its thread wrote them until all of a thread's part is; from then on they may hold anything;
 * <li>everything else is zero. What was never touched is known to be, and is not touched for this;
 * <li>a disk has every page that was touched as it is in memory, save that a thread's last one may be missing or one behind.
 * </ol>
 *
 * A page lost, sent twice in the wrong order, of an older pass, or torn breaks one of these.
 */
final class WorkloadVerifier {
    private static final int PAGE = RamBlock.PAGE_SIZE;

    private final Program program;
    private final MemoryBlock ram;
    private final PagePattern pattern;
    private final @Nullable WorkloadDisk disk;

    WorkloadVerifier(Program program, MemoryBlock ram, PagePattern pattern, @Nullable WorkloadDisk disk) {
        this.program = program;
        this.ram = ram;
        this.pattern = pattern;
        this.disk = disk;
    }

    Verification verify() throws IOException {
        var filled = new PageBitmap(ram.pages());
        try (NativeBuffer copy = new NativeBuffer(PAGE)) {
            for (int thread = 0; thread < program.plan().threads(); thread++) {
                Optional<String> finding = checkPart(thread, copy, filled);
                if (finding.isPresent()) {
                    return new Verification.Broken(finding.get());
                }
            }
            return zeroPageFinding(filled, copy).or(() -> diskFinding(copy)).<Verification>map(Verification.Broken::new)
                    .orElseGet(() -> new Verification.Intact(checkedPages(), program.progress()));
        }
    }

    private long checkedPages() {
        long pages = 0;
        for (int thread = 0; thread < program.plan().threads(); thread++) {
            Position position = program.position(thread);
            pages += position.filled + (position.freed ? 0 : position.hogged);
        }
        return pages;
    }

    private Optional<String> checkPart(int thread, NativeBuffer copy, PageBitmap filled) {
        WorkloadPlan.Part part = program.plan().part(thread);
        Position position = program.position(thread);
        filled.setRange(part.firstPage(), part.firstPage() + position.filled);
        for (long i = 0; i < position.filled; i++) {
            var finding = checkPage(part.firstPage() + i, position.counter(i, part.dirtyPages()), copy);
            if (finding.isPresent()) {
                return finding;
            }
        }
        filled.setRange(part.firstHogPage(), part.firstHogPage() + position.hogged);
        for (long i = 0; i < (position.freed ? 0 : position.hogged); i++) {
            var finding = checkPage(part.firstHogPage() + i, 0, copy);
            if (finding.isPresent()) {
                return finding;
            }
        }
        return Optional.empty();
    }

    private Optional<String> checkPage(long page, long counter, NativeBuffer copy) {
        ram.memory().copyTo(page * PAGE, copy.segment(), 0, PAGE);
        return pattern.finding(copy.segment(), page, program.generation(), counter);
    }

    private Optional<String> zeroPageFinding(PageBitmap filled, NativeBuffer copy) throws IOException {
        var present = new PageBitmap(ram.pages());
        Mapping memory = ram.memory();
        try (Pagemap pagemap = new Pagemap()) {
            pagemap.resident(memory, (from, to) -> present.setRange(from / PAGE, to / PAGE));
        }
        for (long page = present.nextSet(0); page >= 0; page = present.nextSet(page + 1)) {
            if (!filled.get(page)) {
                memory.copyTo(page * PAGE, copy.segment(), 0, PAGE);
                if (!NativeBuffer.isZeroPage(copy.segment(), 0)) {
                    return Optional.of("page " + page + ": not zero, though the program never wrote it");
                }
            }
        }
        return Optional.empty();
    }

    private Optional<String> diskFinding(NativeBuffer copy) {
        WorkloadDisk written = disk;
        if (written == null) {
            return Optional.empty();
        }
        Optional<String> finding = written.failure();
        for (int thread = 0; finding.isEmpty() && thread < program.plan().threads(); thread++) {
            finding = diskFinding(written, copy, thread);
        }
        return finding;
    }

    private Optional<String> diskFinding(WorkloadDisk written, NativeBuffer copy, int thread) {
        WorkloadPlan.Part part = program.plan().part(thread);
        Position position = program.position(thread);
        long last = position.lastTouched(part.dirtyPages());
        for (long i = 0; i < part.dirtyPages(); i++) {
            long counter = position.counter(i, part.dirtyPages());
            var finding = counter == 0
                    ? Optional.<String>empty()
                    : diskFinding(written, copy, part.firstPage() + i, counter, i == last);
            if (finding.isPresent()) {
                return finding;
            }
        }
        return Optional.empty();
    }

    private Optional<String> diskFinding(WorkloadDisk written, NativeBuffer copy, long page, long counter,
            boolean isLast) {
        try {
            written.read(page, copy.segment());
        } catch (IOException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
        var finding = pattern.finding(copy.segment(), page, program.generation(), counter);
        if (finding.isPresent() && isLast && (counter == 1
                || pattern.finding(copy.segment(), page, program.generation(), counter - 1).isEmpty())) {
            return Optional.empty(); // it was about to be written when the guest stood still
        }
        return finding.map(text -> "on the disk: " + text);
    }
}
