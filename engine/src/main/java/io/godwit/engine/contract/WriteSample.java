package io.godwit.engine.contract;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.ram.PendingPages;
import io.godwit.protocol.course.WriteCurve;
import java.io.IOException;

/** A short look at how fast a guest writes, by its dirty log, before a migration needs that. */
final class WriteSample {
    private static final int LOOKS = 2;
    private static final int LOOK_MILLIS = 50;

    private WriteSample() {}

    /**
     * Takes 100 ms. One rate would not tell a guest that writes all over its RAM from one that writes the same few pages: so there
     * is a second look. The guest is lent.
     *
     * @throws IOException also when the migration is aborted meanwhile
     */
    static WriteCurve of(Guest guest, Abort abort) throws IOException {
        var written = new PendingPages(guest.ram());
        WriteCurve curve = WriteCurve.NOTHING;
        try (DirtyLog log = guest.startDirtyLog(); Poll poll = abort.poll()) {
            long began = System.nanoTime();
            for (int look = 1; look <= LOOKS; look++) {
                poll.awaitAbort(LOOK_MILLIS);
                abort.check();
                log.takeDirty(written);
                curve = curve.with((System.nanoTime() - began) / 1e9, written.count() * RamEstimate.PAGE_BYTES);
            }
        }
        return curve;
    }
}
