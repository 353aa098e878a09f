package io.godwit.engine.freepages;

import io.godwit.engine.ram.RamBlock;
import java.util.function.LongConsumer;

/**
 * How much of its memory a guest is asked to do without, and how much it does without: the shape is that of virtio-balloon. The host
 * says how large the balloon should be; the guest fills it with pages that it does not use, gives those back by
 * {@link FreePageReporting}, and says how many they are. Nobody makes it, and it may take its time. Any thread.
 */
public final class Balloon {
    private final long ramPages;
    private final Runnable bell;
    private volatile LongConsumer changed = _ -> {};
    private volatile boolean offered;
    private volatile long targetPages;
    private volatile long heldPages;

    /** @param bell rung, by whatever thread, when there is another target; a guest that polls needs none */
    public Balloon(long ramPages, Runnable bell) {
        this.ramPages = ramPages;
        this.bell = bell;
    }

    /** Has {@code listener} told how many bytes of RAM are left to the guest when that has changed, by the guest's own thread. */
    public void onChange(LongConsumer listener) {
        changed = listener;
    }

    /** The guest's side: it has a balloon. */
    public void offer() {
        offered = true;
    }

    public boolean isOffered() {
        return offered;
    }

    /** The guest's side: how many pages the balloon should hold, at most all. */
    public long targetPages() {
        return targetPages;
    }

    /** The guest's side: the balloon holds so many pages now, at most all; more are refused and false. */
    public boolean hold(long pages) {
        if (pages < 0 || pages > ramPages) {
            return false;
        }
        boolean another = pages != heldPages;
        heldPages = pages;
        if (another) {
            changed.accept(bytesLeft());
        }
        return true;
    }

    /** How many pages the guest said that the balloon holds. */
    public long heldPages() {
        return heldPages;
    }

    /** The host's side: the guest should do with {@code bytes} of RAM; more than there are count as all. */
    public void leave(long bytes) {
        targetPages = ramPages - Math.min(Math.max(0, bytes) / RamBlock.PAGE_SIZE, ramPages);
        bell.run();
    }

    /** The host's side: RAM without what the balloon holds. */
    public long bytesLeft() {
        return (ramPages - heldPages) * RamBlock.PAGE_SIZE;
    }

    /** As it was elsewhere. Nobody is told; the guest stands still. */
    public void restore(long target, long held) {
        if (target < 0 || target > ramPages || held < 0 || held > ramPages) {
            throw new IllegalArgumentException("balloon of %s pages, %s wanted, in RAM of %d".formatted(
                    Long.toUnsignedString(held), Long.toUnsignedString(target), ramPages));
        }
        targetPages = target;
        heldPages = held;
        offered = true;
    }
}
