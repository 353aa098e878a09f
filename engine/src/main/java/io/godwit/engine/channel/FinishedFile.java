package io.godwit.engine.channel;

import io.godwit.engine.linux.Digest;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.Sealing;
import io.godwit.engine.seal.Sidecar;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.LongConsumer;

/** A file that somebody has written, to be sealed as it is. */
public final class FinishedFile {
    private static final int PERMISSIONS = 0777;

    private FinishedFile() {}

    /**
     * Seals a regular file, in place of the seal that it may have; nobody may be writing to it. The caller owns the seal.
     *
     * @param progress told how many bytes have been read
     */
    public static Seal seal(Path path, LongConsumer progress) throws IOException {
        if (!Digest.isPresent()) {
            throw new IOException("this host has no libxxhash.so.0 to seal with: install libxxhash0");
        }
        Path real = path.toRealPath();
        try (Fd file = Fd.open(real, Set.of(OpenFlag.READ), 0)) {
            if (file.kind() != FileKind.REGULAR) {
                throw new IOException(path + " is no regular file: only those are sealed");
            }
            return seal(real, file, progress);
        } catch (ErrnoException e) {
            throw new IOException("'%s' cannot be sealed: %s".formatted(path, e.getMessage()), e);
        }
    }

    /** Holds the name under which a new file would come, so that none takes this one's place meanwhile. */
    private static Seal seal(Path real, Fd file, LongConsumer progress) throws IOException {
        try (PartialFile place = PartialFile.beside(real)) {
            if (!Sidecar.isStill(real, file)) {
                throw new IOException(real + " was replaced by another file while it was opened; try again");
            }
            place.isSealed(); // or something else is in the way
            Seal seal = new Sealing(0).finish(real, file, progress);
            try (PartialFile sidecar = PartialFile.beside(Seal.placeOf(real))) {
                Sidecar.write(seal, sidecar.fd());
                sidecar.fd().setPermissions(file.status().permissions() & PERMISSIONS);
                sidecar.fd().sync();
                sidecar.publish();
                return seal;
            } catch (IOException | RuntimeException e) {
                seal.close();
                throw e;
            }
        }
    }
}
