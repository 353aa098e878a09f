package io.godwit.engine.guest.kvm;

import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.linux.KvmExit;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * The paravirtual device at which a guest tells which pages it does not need. Accesses of 4 bytes; it keeps nothing, so there is
 * nothing of it to migrate.
 *
 * <pre>
 * 0x6f0  in   the command id: 0 stop, 1 done; one with its highest bit set asks for reports, a new one each time
 * 0x6f0  out  the physical address of a report, 8-byte aligned:
 *             +0  u32 kind         1 these pages are free, 2 that was all
 *             +4  u32 command id   the one that was read; a report for another one is ignored
 *             +8  u64 first page   a physical address divided by 4096
 *             +16 u64 pages
 * 0x6f4  in   0x46574447, "GDWF": there is such a device
 * </pre>
 *
 * What is reported must not be needed since the command id was read; the guest may use it again at any time, by writing it first, and
 * finds anything in it until then. A report that makes no sense is ignored. A guest that reads the command id is one
 * that reports. Called by all vCPUs' threads.
 */
final class FreePagePorts {
    static final int FIRST = 0x6f0;
    static final int COUNT = 8;
    static final int PRESENT = 0x46574447;

    private static final int SIGNATURE = FIRST + 4;
    private static final int WIDTH = 4;
    private static final int REPORT_BYTES = 24;
    private static final int FREE = 1;
    private static final int FINISHED = 2;
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemoryBlock ram;
    private final FreePageHints hints;

    /** Both are lent. */
    FreePagePorts(MemoryBlock ram, FreePageHints hints) {
        this.ram = ram;
        this.hints = hints;
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
        int value = -1;
        if (exit.width() == WIDTH && exit.port() == FIRST) {
            hints.offer();
            value = hints.commandId();
        } else if (exit.width() == WIDTH && exit.port() == SIGNATURE) {
            value = PRESENT;
        }
        for (int i = 0; i < exit.width(); i++) {
            exit.setData(at + i, (value >>> (8 * i)) & 0xff);
        }
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
                case FREE -> takeFree(id, report.get(LONG, 8), report.get(LONG, 16));
                case FINISHED -> hints.finished(id);
                default -> {
                }
            }
        }
    }

    private void takeFree(int id, long first, long pages) {
        long page = 4096;
        long most = MemorySlots.END / page;
        if (first >= 0 && first <= most && pages >= 0 && pages <= most
                && MemorySlots.isRam(first * page, pages * page, ram.byteSize())) {
            hints.report(id, 0, MemorySlots.offset(first * page) / page, pages);
        }
    }
}
