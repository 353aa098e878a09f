package io.godwit.engine.seal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.godwit.engine.linux.Digest;
import io.godwit.engine.linux.Errno;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.protocol.seal.SealHeader;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/** The seal as a file of its own beside the one that is sealed: {@code FILE.seal}. */
public final class Sidecar {
    private static final Set<Errno> NONE = EnumSet.of(Errno.ENOENT, Errno.ENAMETOOLONG);

    private Sidecar() {}

    /**
     * The seal of a file, whole and of a file of this length; empty when there is none, or when {@code path} does not lead to a
     * regular file by name. The caller owns it.
     *
     * @param file what {@code path} was opened as
     * @throws BrokenSealException when what stands there is no seal of this file
     * @throws IOException when it cannot be verified on this host
     */
    public static Optional<Seal> read(Path path, Fd file) throws IOException {
        Optional<Seal> seal = look(path, file);
        if (seal.isPresent() && !Digest.isPresent()) {
            seal.get().close();
            throw new IOException(
                    "%s is sealed, and this host has no libxxhash.so.0 to verify it: install libxxhash0, or remove %s"
                            .formatted(path, Seal.placeOf(path)));
        }
        return seal;
    }

    /** As {@link #read}, but not to verify anything with it: works on any host. */
    public static Optional<Seal> look(Path path, Fd file) throws IOException {
        if (file.kind() != FileKind.REGULAR) {
            return Optional.empty();
        }
        Optional<Path> real = realPath(path);
        if (real.isEmpty()) {
            return Optional.empty();
        }
        Optional<Fd> opened = open(Seal.placeOf(real.get()));
        if (opened.isEmpty()) {
            return Optional.empty();
        }
        try (Fd sidecar = opened.get()) {
            Seal seal = read(real.get(), file.size(), sidecar);
            if (!isStill(real.get(), file)) { // else the seal may be that of the file that took its place
                seal.close();
                throw new IOException(path + " was replaced by another file while it was opened; try again");
            }
            return Optional.of(seal);
        }
    }

    /** Empty for a name of /proc, which leads to an open file, but does not say where that is. */
    private static Optional<Path> realPath(Path path) throws IOException {
        try {
            return Optional.of(path.toRealPath());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether {@code real}, a path without links, still leads to what was opened as {@code file}. */
    public static boolean isStill(Path real, Fd file) throws IOException {
        try (Fd there = Fd.open(real, Set.of(OpenFlag.PATH), 0)) {
            return there.status().isSameFile(file.status());
        }
    }

    private static Optional<Fd> open(Path place) throws IOException {
        try {
            return Optional.of(Fd.open(place, Set.of(OpenFlag.READ, OpenFlag.NON_BLOCKING), 0));
        } catch (ErrnoException e) {
            if (NONE.contains(e.errno())) {
                return Optional.empty();
            }
            throw new IOException("%s cannot be read: %s".formatted(place, e.errno().text()), e);
        }
    }

    private static Seal read(Path file, long fileBytes, Fd sidecar) throws IOException {
        try {
            SealHeader header = header(sidecar);
            if (header.end() != fileBytes) {
                throw new BrokenSealException(
                        "%s: the file has %d bytes, its seal is of %d%s".formatted(file, fileBytes,
                                header.end(), whatNow(file)),
                        Math.min(fileBytes, header.end()));
            }
            return body(file, header, sidecar);
        } catch (MalformedStreamException e) {
            throw new BrokenSealException("%s cannot be used: %s; remove it to read the file unverified"
                    .formatted(Seal.placeOf(file), e.getMessage()), 0);
        }
    }

    private static SealHeader header(Fd sidecar) throws IOException {
        if (sidecar.kind() != FileKind.REGULAR) {
            throw new MalformedStreamException("a seal that is a " + sidecar.kind() + ", expected a regular file");
        }
        long bytes = sidecar.size();
        return SealHeader.of(bytes(sidecar, 0, (int) Math.min(bytes, SealHeader.BYTES)), bytes);
    }

    private static byte[] bytes(Fd file, long at, int count) throws IOException {
        try (var buffer = new NativeBuffer(Math.max(1, count))) {
            file.preadFully(buffer.segment(), 0, count, at);
            return buffer.segment().asSlice(0, count).toArray(JAVA_BYTE);
        }
    }

    private static Seal body(Path file, SealHeader header, Fd sidecar) throws IOException {
        var digests = new NativeBuffer(header.extents() * Long.BYTES);
        try {
            sidecar.preadFully(digests.segment(), 0, digests.byteSize(), SealHeader.BYTES);
            byte[] root = bytes(sidecar, SealHeader.BYTES + digests.byteSize(), SealHeader.ROOT_BYTES);
            var seal = new Seal(file, header, digests);
            if (!Arrays.equals(root, seal.rootBytes())) {
                throw new MalformedStreamException(
                        "a seal whose root is not that of its digests: it is damaged itself");
            }
            return seal;
        } catch (IOException | RuntimeException e) {
            digests.close();
            throw e;
        }
    }

    /** Writes a seal to an empty file. */
    public static void write(Seal seal, Fd target) throws IOException {
        write(target, 0, MemorySegment.ofArray(seal.header().toBytes()));
        target.pwriteFully(seal.digests(), 0, seal.digests().byteSize(), SealHeader.BYTES);
        write(target, SealHeader.BYTES + seal.digests().byteSize(), MemorySegment.ofArray(seal.rootBytes()));
    }

    private static void write(Fd target, long at, MemorySegment bytes) throws IOException {
        try (var buffer = new NativeBuffer(bytes.byteSize())) {
            buffer.segment().copyFrom(bytes);
            target.pwriteFully(buffer.segment(), 0, bytes.byteSize(), at);
        }
    }

    /** Whether what is open as {@code file} begins as a seal does, or is empty. */
    public static boolean isOne(Fd file) throws IOException {
        if (file.kind() != FileKind.REGULAR) {
            return false;
        }
        long bytes = file.size();
        return bytes == 0 || SealHeader.isMagic(bytes(file, 0, (int) Math.min(bytes, SealHeader.BYTES)));
    }

    /** What may have happened to a file that does not match its seal, and what to do then. */
    static String whatNow(Path file) {
        Path seal = Seal.placeOf(file);
        try {
            var written = Files.getLastModifiedTime(file);
            var sealed = Files.getLastModifiedTime(seal);
            if (written.compareTo(sealed) > 0) {
                return "; it was written at %s, and sealed before, at %s: if that was meant, 'godwit seal' it anew or remove %s"
                        .formatted(written, sealed, seal);
            }
            return "";
        } catch (IOException e) {
            return ""; // one of them is gone: nothing to be said of their times
        }
    }
}
