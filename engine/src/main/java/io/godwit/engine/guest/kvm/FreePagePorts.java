package io.godwit.engine.guest.kvm;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.linux.KvmExit;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The paravirtual device at which a guest tells which pages it does not need. Accesses of 4 bytes; what it keeps is the
 * balloon's, see {@link BalloonDevice}.
 *
 * <pre>
 * 0x6f0  in   the command id: 0 stop, 1 done; one with its highest bit set asks for reports, a new one each time
 * 0x6f0  out  the physical address of a report, 8-byte aligned:
 *             +0  u32 kind         1 these pages are free, 2 that was all, 3 these pages are given back, 4 the balloon
 *             +4  u32 command id   of kinds 1 and 2: the one that was read; a report for another one is ignored
 *             +8  u64 first page   of kinds 1 and 3: a physical address divided by 4096
 *             +16 u64 pages        of kind 4: how many the balloon holds now
 * 0x6f4  in   0x46574447, "GDWF": there is such a device
 * 0x6f8  in   how many pages the balloon should hold
 * 0x6fc  in   4: the highest kind of report that is taken
 * </pre>
 *
 * What is reported by kind 1 must not be needed since the command id was read; the guest may use it again at any time, by writing it
 * first, and finds anything in it until then. By kind 3 it must not be used until the access is over. Pages for the
 * balloon are given back first, and counted by kind 4 then; to use them again they are counted off. A report that makes no sense is
 * ignored. A guest that reads the command id is one that reports; one that reads 0x6f8 has a balloon. Called by all vCPUs' threads.
 */
final class FreePagePorts {
    static final int FIRST = 0x6f0;
    static final int COUNT = 16;
    static final int PRESENT = 0x46574447;

    private static final int SIGNATURE = FIRST + 4;
    private static final int BALLOON_TARGET = FIRST + 8;
    private static final int KINDS = FIRST + 12;
    private static final int WIDTH = 4;
    private static final int REPORT_BYTES = 24;
    private static final int FREE = 1;
    private static final int FINISHED = 2;
    private static final int GIVEN_BACK = 3;
    private static final int IN_BALLOON = 4;
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemoryBlock ram;
    private final FreePageHints hints;
    private final FreePageReporting reporting;
    private final Balloon balloon;

    /** Both are lent. */
    FreePagePorts(MemoryBlock ram, FreePages to) {
        this.ram = ram;
        hints = to.hints();
        reporting = to.reporting();
        balloon = to.balloon();
    }

    static boolean at(int port) {
        return port >= FIRST && port < FIRST + COUNT;
    }

    /** Carries out an access that is the device's; one of another width reaches nobody. */
    void access(KvmExit exit) {
        for (int i = 0; i < exit.count(); i++) {
            if (exit.isOut()) {
                if (exit.port() == FIRST && exit.width() == WIDTH) {
                    take(Integer.toUnsignedLong(word(exit, i * WIDTH)));
                }
            } else {
                answer(exit, i * exit.width());
            }
        }
    }

    private static int word(KvmExit exit, int at) {
        return exit.data(at) | exit.data(at + 1) << 8 | exit.data(at + 2) << 16 | exit.data(at + 3) << 24;
    }

    private void answer(KvmExit exit, int at) {
        int value = exit.width() == WIDTH ? read(exit.port()) : -1;
        for (int i = 0; i < exit.width(); i++) {
            exit.setData(at + i, (value >>> (8 * i)) & 0xff);
        }
    }

    private int read(int port) {
        return switch (port) {
            case FIRST -> {
                hints.offer();
                yield hints.commandId();
            }
            case SIGNATURE -> PRESENT;
            case BALLOON_TARGET -> {
                balloon.offer();
                yield (int) balloon.targetPages(); // RAM is far smaller than 2^32 pages
            }
            case KINDS -> IN_BALLOON;
            default -> -1;
        };
    }

    private void take(long address) {
        if (!MemorySlots.isRam(address, REPORT_BYTES, ram.byteSize())) {
            return;
        }
        try (var copy = new NativeBuffer(REPORT_BYTES)) {
            MemorySegment report = copy.segment();
            ram.memory().copyTo(MemorySlots.offset(address), report, 0, REPORT_BYTES);
            int id = report.get(WORD, 4);
            switch (report.get(WORD, 0)) {
                case FREE -> in(report, (page, pages) -> hints.report(id, 0, page, pages));
                case FINISHED -> hints.finished(id);
                case GIVEN_BACK -> in(report, (page, pages) -> reporting.report(0, page, pages));
                case IN_BALLOON -> balloon.hold(report.get(LONG, 16));
                default -> {
                }
            }
        }
    }

    /** Pages of the block. */
    private interface Range {
        void accept(long first, long pages);
    }

    private void in(MemorySegment report, Range sink) {
        long first = report.get(LONG, 8);
        long pages = report.get(LONG, 16);
        long page = 4096;
        long most = MemorySlots.END / page;
        if (first >= 0 && first <= most && pages >= 0 && pages <= most
                && MemorySlots.isRam(first * page, pages * page, ram.byteSize())) {
            sink.accept(MemorySlots.offset(first * page) / page, pages);
        }
    }
}
