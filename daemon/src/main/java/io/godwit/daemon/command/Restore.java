package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.restore.Pager;
import io.godwit.daemon.restore.RestoreRequest;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.RestoreArguments;
import io.godwit.protocol.qapi.RestoreOrder;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/** Godwit's own: begins to restore a saved guest into a QEMU, which runs it before its RAM has come. */
record Restore(Pager pager, MigrationAddresses addresses) implements Command<RestoreArguments> {

    @Override
    public String name() {
        return "x-godwit-restore";
    }

    @Override
    public ObjectType<RestoreArguments> arguments() {
        return RestoreArguments.TYPE;
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute(RestoreArguments arguments, CommandContext context) throws QmpException {
        Optional<String> monitor = arguments.monitor();
        Optional<Path> qmp = monitor.isPresent() ? Optional.of(absolute(monitor.get())) : Optional.empty();
        boolean preempt = !arguments.mapped() && arguments.preempt().orElse(qmp.isPresent());
        var request = new RestoreRequest(absolute(arguments.file()), arguments.uri(), endpoint(arguments.address()),
                qmp, preempt, arguments.order().orElse(RestoreOrder.LINEAR), arguments.mapped(),
                arguments.trust());
        try {
            return Json.object().put("id", pager.start(request));
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
    }

    /** Pages are asked for on the way back. */
    private Endpoint endpoint(MigrationAddress address) throws QmpException {
        return switch (addresses.outgoing(address)) {
            case Endpoint.Tcp tcp -> tcp;
            case Endpoint.Unix(Path path) -> new Endpoint.Unix(path.toAbsolutePath());
            case Endpoint.Exec _,Endpoint.File _,Endpoint.Descriptor _,Endpoint.Secured _ ->
                throw new QmpException("A restore needs a way back: expected unix:PATH or tcp:HOST:PORT");
        };
    }

    private static Path absolute(String path) throws QmpException {
        return MigrationAddresses.path(path).toAbsolutePath();
    }
}
