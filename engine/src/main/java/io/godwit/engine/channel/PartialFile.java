package io.godwit.engine.channel;

import io.godwit.engine.linux.Directory;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.Sidecar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file {@code .NAME.godwit-partial} while it is being written. Owns it, its lock, and its descriptor. Nobody else writes
 * to it, removes it or gives its name away while it is locked; an unlocked one belongs to nobody any more.
 */
final class PartialFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PartialFile.class);

    /** It will hold a guest's memory. */
    private static final int OWNER_ONLY = 0600;
    /** After each that fails another has got further: it was quicker at one of our steps. */
    private static final int MAX_ATTEMPTS = 16;
    /** A file whose name is too long to be sealed has no seal either. */
    private static final Set<Errno> NO_SEAL = EnumSet.of(Errno.ENOENT, Errno.ENAMETOOLONG);

    private final Directory directory;
    private final String target;
    private final String name;
    private final Fd fd;
    private final AtomicBoolean closed = new AtomicBoolean();

    private PartialFile(Directory directory, String target, String name, Fd fd) {
        this.directory = directory;
        this.target = target;
        this.name = name;
        this.fd = fd;
    }

    /** An empty one beside {@code target}, an absolute path, which is not touched. */
    static PartialFile beside(Path target) throws IOException {
        String file = Objects.requireNonNull(target.getFileName(), "the root is a directory").toString();
        Directory directory = Directory.open(target.resolveSibling("."));
        try {
            String name = "." + file + ".godwit-partial";
            return new PartialFile(directory, file, name, locked(directory, name, target));
        } catch (IOException | RuntimeException e) {
            directory.close();
            throw e;
        }
    }

    private static Fd locked(Directory directory, String name, Path target) throws IOException {
        for (int attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
            Optional<Fd> made = make(directory, name);
            if (made.isPresent()) {
                return made.get();
            }
            removeStale(directory, name, target);
        }
        throw new IOException("'" + name + "' has come and gone " + MAX_ATTEMPTS + " times");
    }

    /** Empty when there is one, or when it was taken for a stale one before it was locked. */
    private static Optional<Fd> make(Directory directory, String name) throws ErrnoException {
        Fd fd;
        try {
            fd = directory.open(name, Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.EXCLUSIVE),
                    OWNER_ONLY);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EEXIST) {
                return Optional.empty();
            }
            throw e;
        }
        try {
            if (fd.tryLock() && directory.names(name, fd)) {
                return Optional.of(fd);
            }
            fd.close();
            return Optional.empty();
        } catch (ErrnoException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** Removes the one that is there, if it is a file and unlocked: a killed daemon's. */
    private static void removeStale(Directory directory, String name, Path target) throws IOException {
        // Not blocking, should it be a FIFO; not truncating, should it be a link to what somebody needs.
        try (Fd stale = directory.open(name,
                Set.of(OpenFlag.READ, OpenFlag.WRITE, OpenFlag.NO_FOLLOW, OpenFlag.NON_BLOCKING), 0)) {
            if (stale.kind() != FileKind.REGULAR) {
                throw new IOException(inTheWay(target, name, "not a regular file"));
            }
            if (!stale.tryLock()) {
                throw new IOException(target + " is being written by another migration");
            }
            if (directory.names(name, stale)) {
                directory.remove(name);
                LOG.warn("removed '{}', left behind by a daemon that was killed", target.resolveSibling(name));
            }
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOENT) { // gone meanwhile
                throw new IOException(inTheWay(target, name, e.errno().text()), e);
            }
        }
    }

    private static String inTheWay(Path target, String name, String why) {
        return "Could not create '" + target + "': '" + name + "' is in the way: " + why;
    }

    /** For reading and writing; lent. */
    Fd fd() {
        return fd;
    }

    /** Gives it the target's name, in one step, for ever: also after a power failure, if its content has been synced. */
    void publish() throws IOException {
        if (!directory.names(name, fd)) {
            throw new IOException("'" + name + "' is no longer the file that was written");
        }
        boolean wasSealed = setSealAside();
        try {
            directory.rename(name, target);
        } catch (ErrnoException e) {
            if (wasSealed) {
                directory.rename(oldSeal(), seal());
            }
            throw e;
        }
        syncDirectory();
        removeOldSeal();
    }

    /** Also one that was left behind when all ended before. */
    private void removeOldSeal() {
        try {
            directory.remove(oldSeal());
        } catch (ErrnoException e) {
            if (!NO_SEAL.contains(e.errno())) {
                LOG.warn("the seal of the file that was replaced stays behind: {}", e.getMessage());
            }
        }
    }

    private String seal() {
        return Seal.placeOf(Path.of(target)).toString();
    }

    private String oldSeal() {
        return "." + seal() + ".godwit-old";
    }

    /** The seal of what bears the target's name now; away for good before that has a new owner, also after a power failure. */
    private boolean setSealAside() throws IOException {
        if (!isSealed()) {
            return false;
        }
        directory.rename(seal(), oldSeal());
        syncDirectory();
        return true;
    }

    /**
     * Whether what bears the target's name now has a seal.
     *
     * @throws IOException when something else is where that would be
     */
    boolean isSealed() throws IOException {
        try (Fd seal = directory.open(seal(), Set.of(OpenFlag.READ, OpenFlag.NON_BLOCKING, OpenFlag.NO_FOLLOW), 0)) {
            if (!Sidecar.isOne(seal)) {
                throw new IOException("'%s' is in the way: it is not the seal of '%s'".formatted(seal(), target));
            }
            return true;
        } catch (ErrnoException e) {
            if (NO_SEAL.contains(e.errno())) {
                return false;
            }
            throw e;
        }
    }

    private void syncDirectory() {
        try {
            directory.sync();
        } catch (ErrnoException e) {
            LOG.warn("'{}' is written, but might not be there after a power failure: {}", target, e.getMessage());
        }
    }

    /** Removes it, unless it was published. */
    @Override
    public void close() {
        if (!closed.compareAndSet(false, true)) {
            return;
        }
        try {
            if (directory.names(name, fd)) {
                directory.remove(name);
            }
        } catch (ErrnoException e) {
            LOG.warn("an unfinished file stays behind: {}", e.getMessage());
        }
        fd.close(); // and with it the lock, when the name is gone
        directory.close();
    }
}
