package io.godwit.engine;

import io.godwit.engine.guest.Guest;
import io.godwit.engine.guest.Guest.Verification;
import io.godwit.engine.guest.GuestRun;
import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.MigrationException.ChannelLost;
import io.godwit.engine.migration.MigrationException.KernelRefused;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.HeldGuestInfo;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Looks into a guest's memory while it stands still for that. Any thread; waits for the vCPUs. */
record GuestInspection(Guest guest, GuestRun run) {

    /** What is held, when the guest is a held one and something has arrived; otherwise refused. */
    HeldGuestInfo held() throws MigrationException {
        if (!(guest instanceof HeldGuest held)) {
            throw new Refused("This guest runs here: only a held guest (--accel none) can be looked into");
        }
        try {
            return run.whileStill(held::info).orElseThrow(() -> new Refused("Nothing is held yet"));
        } catch (IOException e) {
            throw new KernelRefused("What is held cannot be told: " + e.getMessage(), e);
        }
    }

    /** How many pages were checked and how far the guest's program has come. */
    String verify() throws MigrationException {
        try {
            return switch (run.whileStill(guest::verify)) {
                case Verification.Intact(long pages, long progress) ->
                    "intact: %d pages checked, progress %d".formatted(pages, progress);
                case Verification.Broken(String finding) ->
                    throw new Refused("The guest's memory is damaged: " + finding);
                case Verification.Unknown(String reason) ->
                    throw new Refused("The guest's memory cannot be checked: " + reason);
            };
        } catch (IOException e) {
            throw new KernelRefused("The guest's memory cannot be checked: " + e.getMessage(), e);
        }
    }

    /** Writes {@code length} bytes of RAM, as it lies in its first block, to a new file. */
    void save(long address, long length, Path file) throws MigrationException {
        try {
            run.whileStill(() -> {
                List<? extends RamBlock> ram = guest.ram();
                if (ram.isEmpty()) {
                    throw new IOException("Nothing is held yet");
                }
                MemoryDump.write(ram.getFirst(), address, length, file);
                return file;
            });
        } catch (IOException e) {
            throw new ChannelLost(String.valueOf(e.getMessage()), e);
        }
    }
}
