package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Ioctl;
import io.godwit.engine.linux.ffi.Kvm;
import io.godwit.engine.linux.ffi.KvmStructs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Owns one piece of guest-physical memory and the bitmap that its dirty log is read into. One thread at a time; reading the
 * log allocates nothing.
 */
public final class KvmMemorySlot implements AutoCloseable {
    private static final int PAGE = 4096;
    private static final int PAGES_PER_WORD = 64;

    private final Fd vm;
    private final int slot;
    private final long guestAddress;
    private final long hostAddress;
    private final long bytes;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment bitmap;
    private final MemorySegment dirtyLog;
    private final MemorySegment clearDirtyLog;
    private boolean open;

    KvmMemorySlot(Fd vm, int slot, long guestAddress, long hostAddress, long bytes) throws IOException {
        if (bytes / PAGE > Integer.MAX_VALUE) { // KVM's own limit: num_pages has 32 bits, and it keeps the sign free
            throw new IllegalArgumentException("memory slot " + slot + ": " + bytes + " bytes");
        }
        this.vm = vm;
        this.slot = slot;
        this.guestAddress = guestAddress;
        this.hostAddress = hostAddress;
        this.bytes = bytes;
        bitmap = arena.allocate(JAVA_LONG, words());
        dirtyLog = arena.allocate(KvmStructs.kvm_dirty_log);
        dirtyLog.set(JAVA_INT, 0, slot);
        dirtyLog.set(JAVA_LONG, KvmStructs.kvm_dirty_log.byteOffset(KvmStructs.path("dirty_bitmap")), bitmap.address());
        clearDirtyLog = arena.allocate(KvmStructs.kvm_clear_dirty_log);
        clearDirtyLog.set(JAVA_INT, 0, slot);
        clearDirtyLog.set(JAVA_INT, Integer.BYTES, (int) (bytes / PAGE));
        clearDirtyLog.set(JAVA_LONG, KvmStructs.kvm_clear_dirty_log.byteOffset(KvmStructs.path("dirty_bitmap")),
                bitmap.address());
        try {
            setRegion(0, bytes);
            open = true;
        } catch (Throwable t) {
            arena.close();
            throw t;
        }
    }

    /** Switches the dirty log on, empty, or off. The guest may run. */
    public void setDirtyLog(boolean on) throws IOException {
        setRegion(on ? Kvm.KVM_MEM_LOG_DIRTY_PAGES : 0, bytes);
    }

    /**
     * Fetches the dirty pages since the last call and protects them anew. A page written between the two is in the set:
     * look at its content after this returns, and no write is missed. The set is then read by {@link #word}.
     *
     * @return whether any page is dirty
     */
    public boolean takeDirty() throws IOException {
        ErrnoException.check(Ioctl.ioctl(vm.number(), Kvm.KVM_GET_DIRTY_LOG, dirtyLog), "KVM: get dirty log");
        boolean any = false;
        for (int i = 0; i < words() && !any; i++) {
            any = word(i) != 0;
        }
        if (any) {
            ErrnoException.check(Ioctl.ioctl(vm.number(), Kvm.KVM_CLEAR_DIRTY_LOG, clearDirtyLog),
                    "KVM: clear dirty log");
        }
        return any;
    }

    /** How many words of 64 pages the set has. */
    public int words() {
        return (int) ((bytes / PAGE + PAGES_PER_WORD - 1) / PAGES_PER_WORD);
    }

    /** 64 pages of the set last taken: bit 0 is page {@code 64 * index} of this slot. */
    public long word(int index) {
        return bitmap.getAtIndex(JAVA_LONG, index);
    }

    private void setRegion(int flags, long size) throws IOException {
        try (Arena call = Arena.ofConfined()) {
            MemorySegment region = call.allocate(KvmStructs.kvm_userspace_memory_region);
            region.set(JAVA_INT, 0, slot);
            region.set(JAVA_INT, Integer.BYTES, flags);
            region.set(JAVA_LONG, 8, guestAddress);
            region.set(JAVA_LONG, 16, size);
            region.set(JAVA_LONG, 24, hostAddress);
            ErrnoException.check(Ioctl.ioctl(vm.number(), Kvm.KVM_SET_USER_MEMORY_REGION, region),
                    "KVM: set memory slot " + slot + " at 0x" + Long.toHexString(guestAddress) + ", " + size
                            + " bytes");
        }
    }

    /** Takes the memory away from the guest, which must stand still. */
    @Override
    public void close() {
        if (open) {
            open = false;
            try {
                setRegion(0, 0);
            } catch (IOException e) {
                throw new IllegalStateException("memory slot " + slot + " cannot be removed", e);
            } finally {
                arena.close();
            }
        }
    }
}
