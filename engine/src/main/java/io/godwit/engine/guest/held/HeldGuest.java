package io.godwit.engine.guest.held;

import io.godwit.engine.guest.Arrival;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.IncompatibleStreamException;
import io.godwit.engine.mappedram.MappedRamFile;
import io.godwit.engine.mappedram.SavedGuest;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.HeldGuestInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A guest that cannot run here: RAM and device state as they arrived in a stream, to be sent on as often as one likes. What
 * arrives next takes the place of what is there when it is whole, and not before. Owns what it holds; which is empty at
 * first.
 */
public final class HeldGuest implements Guest {
    private final HeldRam.Kind kind;
    private final long mostBytes;
    private volatile @Nullable Contents contents;

    /**
     * A guest whose RAM will be in memory.
     *
     * @param mostBytes how much RAM may arrive, all blocks together
     */
    public static HeldGuest inMemory(long mostBytes) {
        return new HeldGuest((configuration, section, entries) -> new RamInMemory(entries), mostBytes);
    }

    /**
     * A guest whose RAM will be a mapped-ram file at {@code path}, in place of what is there until it has arrived.
     *
     * @param sealed whether the file gets a seal
     */
    public static HeldGuest inFile(Path path, long mostBytes, boolean sealed) {
        return new HeldGuest(
                (configuration, section, entries) -> new RamInFile(
                        new MappedRamFile(path, configuration, section, entries, sealed)),
                mostBytes);
    }

    /**
     * A guest as it was saved, to be sent on. Nothing takes its place. The file is lent.
     *
     * @param ram of that file
     */
    public static HeldGuest saved(SavedGuest file, List<? extends RamBlock> ram) {
        var guest = new HeldGuest((configuration, section, entries) -> {
            throw new IncompatibleStreamException("nothing arrives in the place of a saved guest");
        }, 0);
        guest.contents = new Contents(file.configuration(), file.ramSectionId(), new RamInPlace(ram), file.devices());
        return guest;
    }

    private HeldGuest(HeldRam.Kind kind, long mostBytes) {
        this.kind = kind;
        this.mostBytes = mostBytes;
    }

    /** Puts what has arrived in the place of what was here. */
    void replace(Contents arrived) {
        Contents before = contents;
        contents = arrived;
        if (before != null) {
            before.ram().close();
        }
    }

    /** What is held; empty when nothing is. */
    public Optional<HeldGuestInfo> info() throws IOException {
        Contents held = contents;
        return held == null ? Optional.empty() : Optional.of(held.info());
    }

    @Override
    public String machineType() {
        return whole().configuration().machineType();
    }

    @Override
    public Optional<UUID> uuid() {
        return whole().configuration().uuid();
    }

    @Override
    public List<? extends RamBlock> ram() {
        Contents held = contents;
        return held == null ? List.of() : held.ram().blocks();
    }

    @Override
    public DeviceState deviceState() {
        return whole().devices();
    }

    private Contents whole() {
        Contents held = contents;
        if (held == null) {
            throw new IllegalStateException("nothing is held");
        }
        return held;
    }

    @Override
    public Arrival arrival() {
        return new HeldArrival(this, kind, mostBytes);
    }

    /** What a saved guest's destination has of it, its blocks know. */
    @Override
    public boolean ramStartsZero() {
        return mostBytes == 0;
    }

    @Override
    public Optional<String> cannotRun() {
        return Optional.of("This guest is only held here (--accel none) and cannot run; migrate it to where it can");
    }

    @Override
    public List<Integer> cpuThreadIds() {
        return List.of();
    }

    @Override
    public void pause() {
        // It always stands still.
    }

    @Override
    public void askToPause() {
        // It always stands still.
    }

    @Override
    public void resume() {
        throw new IllegalStateException("a held guest cannot run");
    }

    @Override
    public void reset() {
        throw new IllegalStateException("a held guest cannot be reset");
    }

    @Override
    public DirtyLog startDirtyLog() {
        return new NothingDirty();
    }

    /** Nobody writes the RAM of a guest that is held. */
    private static final class NothingDirty implements DirtyLog {

        @Override
        public void takeDirty(RamBlock block, PageBitmap into) {
            // There is nothing to add.
        }

        @Override
        public void close() {
            // There is nothing to stop.
        }
    }

    @Override
    public void throttle(int percent) {
        // It could not be slower.
    }

    @Override
    public Verification verify() {
        return new Verification.Unknown("its program does not run here");
    }

    @Override
    public void close() {
        Contents held = contents;
        contents = null;
        if (held != null) {
            held.ram().close();
        }
    }
}
