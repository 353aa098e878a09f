package io.godwit.engine;

import io.godwit.engine.channel.FinishedFile;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.seal.BrokenSealException;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.Sealing;
import io.godwit.engine.seal.Sidecar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.LongConsumer;

/** The seals of files, for whoever works on files without a guest. */
public final class FileSeal {
    /** So many damaged extents are told of. */
    private static final int MOST_TOLD = 16;

    private FileSeal() {}

    /** How a file stands to its seal. */
    public sealed interface Verdict {
        /** There is no seal. */
        record Unsealed() implements Verdict {}

        /** There is one, of a file of this length; whether the file matches it, nobody has looked. */
        record Unverified(String root) implements Verdict {}

        /** Every byte is what it was when the file was sealed. */
        record Intact(String root) implements Verdict {}

        /**
         * Some are not, or the seal itself is not whole.
         *
         * @param damages at least one; of many the first ones
         */
        record Damaged(List<Damage> damages) implements Verdict {
            public Damaged {
                damages = List.copyOf(damages);
            }
        }
    }

    /** What does not match, from byte {@code offset} of the file on. */
    public record Damage(long offset, String sentence) {}

    /**
     * Seals a file as it is and returns the seal's root. Nobody may be writing to the file.
     *
     * @param progress told how many bytes have been read
     */
    public static String seal(Path file, LongConsumer progress) throws IOException {
        try (Seal seal = FinishedFile.seal(file, progress)) {
            return seal.root();
        }
    }

    /** Whether a file has a seal, which is looked at; the file is not read. */
    public static Verdict look(Path file) throws IOException {
        return look(file, opened -> Sidecar.look(file, opened), (opened, seal) -> new Verdict.Unverified(seal.root()));
    }

    /** Reads all of a file and holds it against its seal. */
    public static Verdict verify(Path file, LongConsumer progress) throws IOException {
        return look(file, opened -> Sidecar.read(file, opened),
                (opened, seal) -> verify(file, opened, seal, progress));
    }

    @FunctionalInterface
    private interface Finder {
        Optional<Seal> find(Fd file) throws IOException;
    }

    @FunctionalInterface
    private interface Judge {
        Verdict judge(Fd file, Seal seal) throws IOException;
    }

    private static Verdict look(Path file, Finder finder, Judge judge) throws IOException {
        try (Fd opened = Fd.open(file, Set.of(OpenFlag.READ, OpenFlag.NON_BLOCKING), 0)) {
            Optional<Seal> sealed = finder.find(opened);
            if (sealed.isEmpty()) {
                return new Verdict.Unsealed();
            }
            try (Seal seal = sealed.get()) {
                return judge.judge(opened, seal);
            }
        } catch (BrokenSealException e) {
            return new Verdict.Damaged(List.of(new Damage(e.offset(), String.valueOf(e.getMessage()))));
        } catch (ErrnoException e) {
            throw new IOException("'%s' cannot be verified: %s".formatted(file, e.getMessage()), e);
        }
    }

    private static Verdict verify(Path file, Fd opened, Seal seal, LongConsumer progress) throws IOException {
        try (var sealing = new Sealing(seal.header().start());
                Seal found = sealing.finish(file, opened, progress)) {
            if (!found.header().equals(seal.header())) {
                throw new IOException("'%s' changes while it is read".formatted(file));
            }
            List<Damage> damages = damages(seal, found);
            return damages.isEmpty() ? new Verdict.Intact(seal.root()) : new Verdict.Damaged(damages);
        }
    }

    private static List<Damage> damages(Seal seal, Seal found) {
        var damages = new ArrayList<Damage>();
        OptionalLong next = seal.nextDifference(found, seal.header().firstExtent());
        while (next.isPresent() && damages.size() < MOST_TOLD) {
            BrokenSealException broken = seal.broken(next.getAsLong(), found.digest(next.getAsLong()), "");
            damages.add(new Damage(broken.offset(), String.valueOf(broken.getMessage())));
            next = seal.nextDifference(found, next.getAsLong() + 1);
        }
        return damages;
    }
}
