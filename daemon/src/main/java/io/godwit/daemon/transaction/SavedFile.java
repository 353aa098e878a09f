package io.godwit.daemon.transaction;

import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A file with a guest's memory that can be taken back when it is whole: nothing was under its name before. */
record SavedFile(Path path) {
    private static final Logger LOG = LoggerFactory.getLogger(SavedFile.class);

    static SavedFile of(MigrateArguments arguments) throws QmpException {
        if (arguments.address() instanceof MigrationAddress.FilePath(var name, var offset) && offset == 0) {
            try {
                Path path = Path.of(name);
                if (path.isAbsolute() && !Files.exists(path, LinkOption.NOFOLLOW_LINKS) && !path.startsWith("/dev")) {
                    return new SavedFile(path);
                }
            } catch (InvalidPathException e) {
                throw new QmpException("'" + name + "' is no path: " + e.getReason());
            }
        }
        throw new QmpException(
                "completion-mode = grouped takes a file that is not there yet, which can be taken back: expected "
                        + "file:PATH, absolute");
    }

    void remove() {
        for (Path each : new Path[]{path.resolveSibling(path.getFileName() + ".seal"), path}) {
            try {
                Files.deleteIfExists(each);
            } catch (IOException e) {
                LOG.warn("{} is left of a transaction that was given up: {}", each, e.getMessage());
            }
        }
    }
}
