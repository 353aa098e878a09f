package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import java.util.Optional;

/** What a command finds that no client sent: one that the command line asked for, or another process. */
@SuppressWarnings("exports") // Fd is exported to this module only, as is this package to nobody.
public final class NoSession implements CommandContext {

    @Override
    public Optional<Fd> takeDescriptor() {
        return Optional.empty();
    }

    @Override
    public void negotiated(boolean outOfBand) {
        throw new IllegalStateException("there is no session to negotiate");
    }
}
