package io.godwit.daemon;

import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.daemon.upgrade.Holding;
import java.io.IOException;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** What a process serves: one guest, or many and the control monitor at which they come and go. */
interface Served extends AutoCloseable {

    /** Waits until what comes from the process whose place this one takes is here; whether a guest has come. */
    boolean arrive() throws IOException;

    /** Everything is this process's: greets clients, and carries out their commands. Once. */
    void serve() throws IOException;

    /** Has no command carried out, and nothing begun or ended, as long as {@code stillness} is open. */
    void hold(Stillness stillness) throws IOException;

    /** What there is to pass on, in the order in which it is lent. */
    List<Holding> holdings();

    /** For people who watch: of each guest what a control monitor's {@code query-guests} and {@code query-jobs} tell. Any thread. */
    List<ObjectNode> status();

    /** Tells clients how an upgrade goes. */
    void upgradeChanged(ObjectNode data);

    /** It goes on in another process: no further command is begun. */
    void leave();

    /** Tells the clients why it ends. */
    void announce(ShutdownCause cause);

    @Override
    void close();
}
