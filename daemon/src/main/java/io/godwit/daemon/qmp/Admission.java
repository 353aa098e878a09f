package io.godwit.daemon.qmp;

import io.godwit.engine.linux.PeerCredentials;
import java.util.Optional;

/** Who may be a client of a monitor. */
@FunctionalInterface
public interface Admission {

    /** Whoever can open the socket. */
    Admission ALL = peer -> true;

    /** Whether that process may; empty when the kernel does not say who it was when it connected. */
    boolean admits(Optional<PeerCredentials> peer);
}
