package io.godwit.inspect;

import io.godwit.engine.EngineEvents;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.GuestSpec.Ram;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.StreamHeader;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Turns a stream into a mapped-ram file or the other way, by an engine in this process that holds the guest in between: in
 * the new file itself when that is to be mapped-ram, else in memory. The new file takes its name when it is whole.
 */
public final class Conversion {
    private static final long LOOK_MILLIS = 100;
    private static final MigrationCapabilities MAPPED_RAM = MigrationCapabilities.NONE
            .with(MigrationCapability.MAPPED_RAM, true);

    private final Path in;
    private final Path out;
    private final long mostBytes;
    private final ReadingProgress progress;
    private final BlockingQueue<MigrationStatus> statuses = new LinkedBlockingQueue<>();

    private Conversion(Path in, Path out, long mostBytes, ReadingProgress progress) {
        this.in = in;
        this.out = out;
        this.mostBytes = mostBytes;
        this.progress = progress;
    }

    /** What a file can be turned into. */
    public enum Target {
        MAPPED_RAM,
        STREAM
    }

    /**
     * Converts, and gives what {@code out} is now.
     *
     * @param target what it is to become; empty for the one that {@code in} is not
     * @param mostBytes the most RAM to take, a multiple of 4096
     * @throws IOException when nothing was converted; a file that had the name {@code out} before is untouched then
     */
    public static Target convert(Path in, Path out, Optional<Target> target, long mostBytes, ReadingProgress progress)
            throws IOException {
        boolean mapped = isMapped(in, progress);
        Target made = target.orElse(mapped ? Target.STREAM : Target.MAPPED_RAM);
        new Conversion(in, out, mostBytes, progress).convert(mapped, made);
        return made;
    }

    /** Also looks whether a mapped-ram file is whole: what is wrong with its bitmaps, its loader would not notice. */
    private static boolean isMapped(Path path, ReadingProgress progress) throws IOException {
        try (FileInput in = FileInput.open(path, 0, progress)) {
            if (in.file().isEmpty()) {
                throw new IOException("is no regular file: only those are converted");
            }
            StreamHeader.read(in);
            if (!Configuration.read(in).configuration().capabilities().contains(Capability.MAPPED_RAM)) {
                return false;
            }
            in.seek(0);
            Report report = Inspector.inspect(in, false);
            if (!report.isWhole()) {
                Finding first = report.findings().getFirst();
                throw new IOException("is damaged: byte " + first.offset() + ": " + first.sentence());
            }
            return true;
        } catch (EOFException e) {
            throw new IOException("is too short for a stream", e);
        }
    }

    private void convert(boolean mapped, Target target) throws IOException {
        Ram ram = switch (target) {
            case MAPPED_RAM -> new Ram.MappedRamFile(out);
            case STREAM -> new Ram.Anonymous();
        };
        var spec = new GuestSpec("convert", new GuestSpec.Held(), mostBytes, ram, true, true, Optional.empty(), true);
        try (var engine = MigrationEngine.start(spec, new Statuses())) {
            engine.setCapabilities(mapped ? MAPPED_RAM : MigrationCapabilities.NONE);
            engine.migrateIncoming(new Endpoint.File(in, 0), false);
            awaitEnd(engine);
            if (target == Target.STREAM) {
                engine.setCapabilities(MigrationCapabilities.NONE);
                engine.migrate(new Endpoint.File(out, 0), false);
                awaitEnd(engine);
            }
        } catch (MigrationException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void awaitEnd(MigrationEngine engine) throws IOException {
        long total = Files.size(in);
        while (true) {
            switch (next()) {
                case COMPLETED -> {
                    return;
                }
                case FAILED, CANCELLED -> throw new IOException(
                        engine.queryMigrate().errorDesc().orElse("The conversion ended without a reason"));
                default -> {
                    var done = engine.statistics();
                    progress.at(Math.max(done.receivedBytes(), done.transferredBytes()), total);
                }
            }
        }
    }

    /** The next status, or {@link MigrationStatus#ACTIVE} when none has come for a while. */
    private MigrationStatus next() throws IOException {
        try {
            return Optional.ofNullable(statuses.poll(LOOK_MILLIS, TimeUnit.MILLISECONDS))
                    .orElse(MigrationStatus.ACTIVE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Only notes: the engine's lock is held. */
    private final class Statuses implements EngineEvents {

        @Override
        public void migrationStatus(MigrationStatus status) {
            statuses.add(status);
        }
    }
}
