package io.godwit.engine.channel;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import java.io.IOException;

/** A file that holds a stream from some offset on; what lies before belongs to somebody else. */
final class ImageFile {

    private ImageFile() {}

    /** Cuts the file to {@code offset} and stands there. Closes {@code fd} when that fails. */
    static Fd positionedForWriting(Fd fd, long offset) throws IOException {
        try {
            fd.truncate(offset);
            fd.seek(offset);
            return fd;
        } catch (ErrnoException e) {
            fd.close();
            throw new IOException(
                    "failed to truncate migration file to offset " + Long.toHexString(offset) + ": " + e.errno().text(),
                    e);
        }
    }

    /** Stands at {@code offset}. Closes {@code fd} when that fails. */
    static Fd positionedForReading(Fd fd, long offset) throws IOException {
        try {
            fd.seek(offset);
            return fd;
        } catch (ErrnoException e) {
            fd.close();
            throw new IOException(
                    "failed to seek migration file to offset " + Long.toHexString(offset) + ": " + e.errno().text(), e);
        }
    }
}
