package io.godwit.engine.restore;

import io.godwit.engine.mappedram.FileIdentity;
import io.godwit.engine.mappedram.SavedGuest;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** A mapped-ram file with a guest in it, checked, and open until this is closed; to be closed after its restores. Any thread. */
public final class SavedFile implements AutoCloseable {
    private static final Endpoint NOWHERE_YET = new Endpoint.Unix(Path.of(""));

    private final SavedFiles files;
    private final OpenFile open;
    private final AtomicBoolean closed = new AtomicBoolean();

    SavedFile(SavedFiles files, OpenFile open) {
        this.files = files;
        this.open = open;
    }

    SavedGuest guest() {
        return open.guest();
    }

    /** By which the file is known again, also by another process; opaque. */
    public String identity() {
        return guest().identity().toString();
    }

    /**
     * Whether it is the file that had this identity, and nobody has written to it since.
     *
     * @throws IOException when {@code identity} is none
     */
    public boolean is(String identity) throws IOException {
        return FileIdentity.parse(identity).isSame(guest().identity());
    }

    /** Like {@link #identity}, of the same file as it is now: another one when somebody has written to it. */
    public String identityNow() throws IOException {
        return guest().identityNow().toString();
    }

    /** Whether each piece of it that is read is held against a seal. */
    public boolean isSealed() {
        return guest().identity().seal().isPresent();
    }

    /**
     * Holds the main memory of a sealed file against its seal, once for as long as it is open; who comes meanwhile waits. Nothing is done where there is no seal.
     *
     * @throws IOException when it is not what it was, or cannot be read
     */
    public void verifyMainMemory() throws IOException {
        open.verifyMainMemory();
    }

    /** What the guest was when it was saved, such as {@code running}; empty when the file does not say. */
    public Optional<String> savedRunState() throws IOException {
        return guest().devices().runState();
    }

    /** Where in the file the guest's main memory lies, as one piece that can be mapped. */
    public MainMemory mainMemory() {
        MappedRamLayout.Block place = guest().mainMemory();
        return new MainMemory(place.entry().name(), place.entry().lengthBytes(), place.header().pagesOffset());
    }

    /**
     * A piece of the file.
     *
     * @param block the name of the block whose pages it has
     */
    public record MainMemory(String block, long bytes, long offset) {}

    /**
     * Begins to give the guest to the destination that listens at {@code to}.
     *
     * @param listener told of each status in the thread that makes it; must return at once
     * @throws IOException when it cannot be; nothing has begun then
     */
    public Restore begin(Endpoint to, RestoreOptions options, Consumer<MigrationStatus> listener) throws IOException {
        var restore = new Restore(guest(), to, options, migrationOptions(options), listener);
        restore.begin();
        return restore;
    }

    /**
     * Takes over a restore that another process began and left: the destination runs the guest and is {@code postcopy-paused},
     * as the restore is then, until {@link Restore#resume}.
     *
     * @throws IOException when it cannot be; nothing has begun then
     */
    public Restore takeOver(RestoreOptions options, Consumer<MigrationStatus> listener) throws IOException {
        var restore = new Restore(guest(), NOWHERE_YET, options, migrationOptions(options), listener);
        restore.takeOver();
        return restore;
    }

    private MigrationOptions migrationOptions(RestoreOptions options) {
        var capabilities = MigrationCapabilities.NONE.with(MigrationCapability.RETURN_PATH, true)
                .with(MigrationCapability.POSTCOPY_RAM, !options.mapped())
                .with(MigrationCapability.POSTCOPY_PREEMPT, options.preempt());
        return new MigrationOptions(capabilities, files.parameters(), Optional.empty(), false);
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            files.release(open);
        }
    }
}
