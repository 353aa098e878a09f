package io.godwit.engine.guest.kvm;

import io.godwit.engine.linux.KvmMemorySlot;
import io.godwit.engine.linux.KvmVm;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;

/**
 * Owns the guest's view of its RAM:
 *
 * <pre>
 * block    0 ........ 3 GiB ........ end
 *          |  slot 0  |    slot 1    |
 * guest    0 ........ 3 GiB   4 GiB ........
 *                       nobody
 * </pre>
 *
 * One thread at a time.
 */
final class MemorySlots implements AutoCloseable {
    static final long LOW_BYTES = 3L << 30;
    private static final long HIGH_ADDRESS = 4L << 30;
    /** Above every address that RAM can have. */
    static final long END = 1L << 52;
    private static final int HIGH_WORD = (int) (LOW_BYTES / RamBlock.PAGE_SIZE / 64);

    private final KvmMemorySlot[] slots;

    MemorySlots(KvmVm vm, MemoryBlock ram) throws IOException {
        Mapping memory = ram.memory();
        long low = Math.min(memory.byteSize(), LOW_BYTES);
        long high = memory.byteSize() - low;
        KvmMemorySlot first = vm.addMemory(0, 0, memory, 0, low);
        try {
            slots = high == 0
                    ? new KvmMemorySlot[]{first}
                    : new KvmMemorySlot[]{first, vm.addMemory(1, HIGH_ADDRESS, memory, low, high)};
        } catch (Throwable t) {
            first.close();
            throw t;
        }
    }

    /** Whether {@code bytes} from a guest's physical {@code address} on, both at most {@link #END}, lie within one piece of its RAM. */
    static boolean isRam(long address, long bytes, long ramBytes) {
        long end = address + bytes;
        return address < LOW_BYTES
                ? end <= Math.min(LOW_BYTES, ramBytes)
                : address >= HIGH_ADDRESS && end <= HIGH_ADDRESS + ramBytes - LOW_BYTES;
    }

    /** Where in the block an address of RAM is. */
    static long offset(long address) {
        return address < LOW_BYTES ? address : address - HIGH_ADDRESS + LOW_BYTES;
    }

    void setDirtyLog(boolean on) throws IOException {
        for (KvmMemorySlot slot : slots) {
            slot.setDirtyLog(on);
        }
    }

    /** Adds the pages written since the last call to {@code into}, by their numbers in the block. */
    void takeDirty(PageBitmap into) throws IOException {
        int base = 0;
        for (KvmMemorySlot slot : slots) {
            if (slot.takeDirty()) {
                for (int i = 0; i < slot.words(); i++) {
                    into.orWord(base + i, slot.word(i));
                }
            }
            base = HIGH_WORD;
        }
    }

    @Override
    public void close() {
        for (int i = slots.length - 1; i >= 0; i--) {
            slots[i].close();
        }
    }
}
