package io.godwit.daemon;

import io.godwit.daemon.command.LongWork;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.daemon.upgrade.Holding;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** A guest and what carries out its commands: in this process, or in a QEMU. */
interface GuestService extends AutoCloseable {

    /** Waits until the guest has come from the process whose place this one takes; whether there was one. */
    boolean arrive() throws IOException;

    /** Everything is this process's: begins all that shows from outside. Once. */
    CommandSet begin() throws IOException;

    /** What it has to pass on. */
    List<Holding> holdings();

    /** Adds to what {@code query-guests} tells of it. */
    ObjectNode describe(ObjectNode info);

    /** All its long work: its jobs, its migration and its restores. */
    LongWork work();

    /** For the log: what it is, and how it is. */
    String summary();

    @Override
    void close();
}
