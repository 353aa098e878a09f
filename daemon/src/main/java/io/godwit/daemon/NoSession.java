package io.godwit.daemon;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.linux.Fd;
import java.util.Optional;

/** What a command finds that nobody sent: one that the command line asked for. */
final class NoSession implements CommandContext {

    @Override
    public Optional<Fd> takeDescriptor() {
        return Optional.empty();
    }

    @Override
    public void negotiated(boolean outOfBand) {
        throw new IllegalStateException("there is no session to negotiate");
    }
}
