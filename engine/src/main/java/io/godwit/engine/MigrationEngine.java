package io.godwit.engine;

import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.migration.MigrationStatistics;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationInfo;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * One guest and its migrations. Every method may be called from any thread and returns without waiting for a migration;
 * {@link #stop}, {@link #cont} and {@link #systemReset} wait for the vCPUs. Refusals change nothing.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class MigrationEngine implements AutoCloseable {

    private MigrationEngine() {}

    /** Makes the guest and, unless it waits for a migration or is to start paused, lets it run. */
    public static MigrationEngine start(GuestSpec spec, EngineEvents events) throws IOException {
        throw new UnsupportedOperationException();
    }

    /** The spec it was started with. */
    public GuestSpec spec() {
        throw new UnsupportedOperationException();
    }

    public RunState runState() {
        throw new UnsupportedOperationException();
    }

    /** Pauses the guest. While it waits for a migration: it will not run on arrival. */
    public void stop() {
        throw new UnsupportedOperationException();
    }

    /** Lets the guest run. While it waits for a migration: it will run on arrival. */
    public void cont() throws MigrationException {
        throw new UnsupportedOperationException();
    }

    /** Back to power-on; a running guest goes on running. */
    public void systemReset() throws MigrationException {
        throw new UnsupportedOperationException();
    }

    /** The host thread of each vCPU, by index. */
    public List<Integer> cpuThreadIds() {
        throw new UnsupportedOperationException();
    }

    public MigrationCapabilities capabilities() {
        throw new UnsupportedOperationException();
    }

    /** Replaces the set, which the caller has checked for contradictions. Refused while a migration runs. */
    public void setCapabilities(MigrationCapabilities capabilities) throws MigrationException {
        throw new UnsupportedOperationException();
    }

    /** Whether a migration, in or out, is between setup and its end. */
    public boolean migrationRunning() {
        throw new UnsupportedOperationException();
    }

    public MigrationParameters parameters() {
        throw new UnsupportedOperationException();
    }

    /** Replaces the parameters; limits take effect on a running migration at once. */
    public void setParameters(MigrationParameters parameters) {
        throw new UnsupportedOperationException();
    }

    /** Starts an outgoing migration. Status {@code setup} has been told when this returns. */
    public void migrate(Endpoint endpoint, boolean resume) throws MigrationException {
        throw new UnsupportedOperationException();
    }

    /** Listens for, or reads, an incoming migration. Status {@code setup} has been told when this returns. */
    public void migrateIncoming(Endpoint endpoint, boolean exitOnError) throws MigrationException {
        throw new UnsupportedOperationException();
    }

    /** Cancels an outgoing migration; does nothing when there is none. Status {@code cancelling} has been told then. */
    public void cancel() throws MigrationException {
        throw new UnsupportedOperationException();
    }

    /** Leaves pre-switchover. {@code state} must be the present status. */
    public void continueFrom(MigrationStatus state) throws MigrationException {
        throw new UnsupportedOperationException();
    }

    public MigrationInfo queryMigrate() {
        throw new UnsupportedOperationException();
    }

    /** Numbers for metrics; costs a few loads and never asks the guest. */
    public MigrationStatistics statistics() {
        throw new UnsupportedOperationException();
    }

    /** Checks the guest's memory, pausing it meanwhile: how many pages were checked and how far its program has come. */
    public String verify() throws MigrationException {
        throw new UnsupportedOperationException();
    }

    /** Writes guest-physical memory, as RAM lies in the block, to a file: QMP's {@code pmemsave}. */
    public void saveMemory(long address, long length, Path file) throws MigrationException {
        throw new UnsupportedOperationException();
    }

    /** Cancels what runs, stops the guest, gives everything back. Idempotent. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
