package io.godwit.daemon;

import io.godwit.daemon.config.MonitorAddress;
import io.godwit.daemon.metrics.Metrics;
import io.godwit.daemon.qmp.Admission;
import io.godwit.daemon.qmp.QmpServer;
import io.godwit.engine.linux.Fd;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.util.Optional;

/** What all guests of a process share; lent to each. */
record Hosting(EventLoopGroup loop, Optional<Metrics> metrics, Admission admission) {

    /** A monitor that can be connected to, and greets nobody yet. */
    QmpServer listen(MonitorAddress address) throws IOException {
        return switch (address) {
            case MonitorAddress.UnixSocket(var path, var mode) -> QmpServer.listen(loop, path, mode);
            case MonitorAddress.Inherited(var fd) -> QmpServer.adopt(loop, fd);
        };
    }

    /** The same at a socket that another process has listened at. Takes ownership of the descriptor. */
    QmpServer takeOver(MonitorAddress address, Fd listening) throws IOException {
        return QmpServer.takeOver(loop, address instanceof MonitorAddress.UnixSocket at
                ? Optional.of(at.path())
                : Optional.empty(), listening);
    }
}
