package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.linux.Fd;
import java.util.Optional;

/** The session of commands that ask nothing of it. */
final class Nobody implements CommandContext {

    @Override
    public Optional<Fd> takeDescriptor() {
        throw new IllegalStateException();
    }

    @Override
    public void negotiated(boolean outOfBand) {
        throw new IllegalStateException();
    }
}
