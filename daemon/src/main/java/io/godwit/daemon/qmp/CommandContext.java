package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;

/** What a command may ask of the session that runs it, while it runs. */
public interface CommandContext {

    /** The descriptor that came with the request or before it; the caller owns it. Empty when none came. */
    @SuppressWarnings("exports") // Fd is exported to this module only, as is this package to nobody.
    Optional<Fd> takeDescriptor();

    /**
     * Ends the session's negotiation: from now on it takes commands and hears events.
     *
     * @throws QmpException when it has ended before
     */
    void negotiated(boolean outOfBand) throws QmpException;
}
