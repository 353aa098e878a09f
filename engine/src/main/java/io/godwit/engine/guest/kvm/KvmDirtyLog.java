package io.godwit.engine.guest.kvm;

import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;

/** KVM's dirty log and our own writes as one. Owns the log's being on. */
final class KvmDirtyLog implements DirtyLog {
    private final MemoryBlock ram;
    private final MemorySlots slots;
    private final OwnWrites ownWrites;
    private final Runnable onClose;
    private boolean open = true;

    KvmDirtyLog(MemoryBlock ram, MemorySlots slots, OwnWrites ownWrites, Runnable onClose) throws IOException {
        this.ram = ram;
        this.slots = slots;
        this.ownWrites = ownWrites;
        this.onClose = onClose;
        ownWrites.forget();
        slots.setDirtyLog(true);
    }

    @Override
    public synchronized void takeDirty(RamBlock block, PageBitmap into) throws IOException {
        if (!open) {
            throw new IllegalStateException("dirty log is closed");
        }
        if (!block.equals(ram)) {
            throw new IllegalArgumentException("dirty log of " + ram.name() + ", not of " + block.name());
        }
        slots.takeDirty(into);
        ownWrites.take(into);
    }

    @Override
    public synchronized void close() {
        if (open) {
            open = false;
            try {
                slots.setDirtyLog(false);
            } catch (IOException e) {
                throw new IllegalStateException("dirty log cannot be switched off", e);
            } finally {
                onClose.run();
            }
        }
    }
}
