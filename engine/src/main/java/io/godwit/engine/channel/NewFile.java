package io.godwit.engine.channel;

import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.linux.FileStatus;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.Sealing;
import io.godwit.engine.seal.Sidecar;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file that appears under its name only when it is whole. Until then it is a temporary one beside it, locked for as long as
 * it is open, so that of two who write the same file the second is refused:
 *
 * <pre>
 *                        NAME                              .NAME.godwit-partial
 *   create               what it was, or nothing           ours: mode 0600, locked
 *   publish              the new file, whole and durable   gone
 *   close before that    what it was, or nothing           gone
 *   kill -9 before that  what it was, or nothing           unlocked: the next create removes it
 * </pre>
 *
 * A seal appears beside it after it, and the old file's is away before: at no moment does one file bear the seal of another.
 * If all ends in between, the file that is there has no seal.
 *
 * <pre>
 *                        NAME        NAME.seal    .NAME.seal.godwit-old
 *   before               old         old's        -
 *   publish              old         -            old's
 *                        new         -            old's
 *                        new         new's        -
 * </pre>
 *
 * The new file gets the permissions of the one it replaces and, if this process may give it away, its owner; nothing else of
 * it, and other links to the old file keep that. A device or a FIFO cannot be replaced: it is written in place, and is not cut
 * first. Owns the descriptor, the lock and the temporary file. One thread.
 */
public final class NewFile implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NewFile.class);

    /** It will hold a guest's memory. */
    private static final int OWNER_ONLY = 0600;
    private static final int PERMISSIONS = 0777;
    /** As the kernel follows at most. */
    private static final int MAX_LINKS = 40;

    private final Fd fd;
    private final @Nullable PartialFile partial;
    private final @Nullable FileStatus old;
    private final Path path;
    private @Nullable PartialFile sidecar;
    private @Nullable String root;

    private NewFile(Path path, Fd fd, @Nullable PartialFile partial, @Nullable FileStatus old) {
        this.path = path;
        this.fd = fd;
        this.partial = partial;
        this.old = old;
    }

    /**
     * Begins the file that will be {@code path}, or what {@code path} links to. Its first {@code offset} bytes are those of
     * the file that is there now, somebody else's header; as far as there are none, they are a hole. The temporary name is
     * 16 bytes longer than {@code path}'s last part, of which 239 bytes remain.
     *
     * @throws IOException with QEMU's text where it cannot be created; also when another writes it already
     */
    public static NewFile create(Path path, long offset) throws IOException {
        try {
            FileStatus old = status(path).orElse(null);
            Path target = endOfLinks(path);
            return canBeReplaced(old, target) ? beside(target, old, offset) : inPlace(path, offset);
        } catch (ErrnoException e) {
            throw new IOException("Could not create '" + path + "': " + e.errno().text(), e);
        }
    }

    private static Optional<FileStatus> status(Path path) throws ErrnoException {
        try (Fd place = Fd.open(path, Set.of(OpenFlag.PATH), 0)) {
            return Optional.of(place.status());
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return Optional.empty();
            }
            throw e;
        }
    }

    /** Where a chain of symbolic links leads, be there a file or not. */
    private static Path endOfLinks(Path path) throws IOException {
        Path end = path.toAbsolutePath();
        for (int links = 0; links < MAX_LINKS && Files.isSymbolicLink(end); links++) {
            end = end.resolveSibling(Files.readSymbolicLink(end));
        }
        return end;
    }

    /** Not a device; and not what a link of /proc leads to, which does not say where that is. */
    private static boolean canBeReplaced(@Nullable FileStatus old, Path target) throws ErrnoException {
        return old == null
                || (old.kind() == FileKind.REGULAR && status(target).filter(old::isSameFile).isPresent());
    }

    private static NewFile inPlace(Path path, long offset) throws IOException {
        Fd fd = Fd.open(path, Set.of(OpenFlag.WRITE, OpenFlag.CREATE), OWNER_ONLY);
        try {
            if (fd.kind() == FileKind.REGULAR) {
                ImageFile.positionedForWriting(fd, offset);
            } else if (offset > 0) { // what has no length has perhaps no offset either
                ImageFile.positionedForReading(fd, offset);
            }
            return new NewFile(path, fd, null, null);
        } catch (IOException | RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static NewFile beside(Path target, @Nullable FileStatus old, long offset) throws IOException {
        PartialFile partial = PartialFile.beside(target);
        try {
            partial.isSealed(); // or something in the way of a seal, which is better known now
            // Of a twin, which is closed when that fails; they share the position.
            ImageFile.positionedForWriting(partial.fd().duplicate(), offset).close();
            if (old != null) {
                copyHeader(target, partial.fd(), offset);
            }
            return new NewFile(target, partial.fd(), partial, old);
        } catch (IOException | RuntimeException e) {
            partial.close();
            throw e;
        }
    }

    /** Also finds out whether the old file may be written: one that may not is not replaced either. */
    private static void copyHeader(Path target, Fd copy, long bytes) throws IOException {
        Set<OpenFlag> flags = bytes == 0 ? Set.of(OpenFlag.WRITE) : Set.of(OpenFlag.READ, OpenFlag.WRITE);
        try (Fd old = Fd.open(target, flags, 0)) {
            old.copyRange(copy, 0, 0, Math.min(bytes, old.size()));
        }
    }

    /** For writing, and reading unless it is written in place; stands at the offset, where the file ends. Lent. */
    public Fd fd() {
        return fd;
    }

    /** Has what was written so far survive a power failure. */
    public void sync() throws IOException {
        try {
            fd.sync();
        } catch (ErrnoException e) {
            if (partial != null || e.errno() != Errno.EINVAL) { // a device that keeps nothing back has no sync
                throw e;
            }
        }
    }

    /** Whether a seal can go along with it: not with what is written in place, in however many steps. */
    boolean canBeSealed() {
        return partial != null;
    }

    /**
     * The file is as it shall be: makes its seal, which {@link #publish} puts beside it. Once; the caller owns the seal.
     *
     * @throws IOException when it cannot be made or written; the file is none the worse
     */
    public Seal seal(Sealing noted) throws IOException {
        Seal seal = noted.finish(path, fd, bytes -> {});
        try {
            PartialFile beside = PartialFile.beside(Seal.placeOf(path));
            sidecar = beside;
            Sidecar.write(seal, beside.fd());
            beside.fd().sync();
            root = seal.root();
            return seal;
        } catch (IOException | RuntimeException e) {
            seal.close();
            throw e;
        }
    }

    /**
     * Syncs it and puts it in the old file's place, in one step; at most once. When that fails the old file is still there.
     */
    public void publish() throws IOException {
        if (partial == null) {
            sync();
            return;
        }
        if (old != null) {
            keepAttributes(fd, old);
        }
        sync();
        partial.publish();
        if (sidecar != null && root != null) {
            publish(sidecar, root);
        }
    }

    private void publish(PartialFile seal, String itsRoot) {
        try {
            if (old != null) {
                keepAttributes(seal.fd(), old);
            }
            seal.publish();
            LOG.info("'{}' is sealed, root {}", path, itsRoot);
        } catch (IOException e) {
            LOG.warn("'{}' is not sealed: {}", path, e.getMessage());
        }
    }

    /** Only now: nobody else reads it before, and a temporary file that is left behind is ours whatever the old one was. */
    private static void keepAttributes(Fd fd, FileStatus of) {
        try {
            FileStatus mine = fd.status();
            if (mine.owner() != of.owner() || mine.group() != of.group()) {
                fd.setOwner(of.owner(), of.group());
            }
        } catch (ErrnoException e) {
            LOG.debug("the new file stays ours: {}", e.getMessage());
        }
        try {
            fd.setPermissions(of.permissions() & PERMISSIONS);
        } catch (ErrnoException e) {
            LOG.warn("the new file stays its owner's alone: {}", e.getMessage());
        }
    }

    /** Also removes the temporary file, unless it was published. */
    @Override
    public void close() {
        if (sidecar != null) {
            sidecar.close();
        }
        if (partial != null) {
            partial.close();
        } else {
            fd.close();
        }
    }
}
