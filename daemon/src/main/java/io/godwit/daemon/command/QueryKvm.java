package io.godwit.daemon.command;

import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.node.ObjectNode;

/** Whether the guest runs on KVM, and whether it could. */
record QueryKvm(MigrationEngine engine) implements BareCommand {

    @Override
    public String name() {
        return "query-kvm";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() {
        return Json.object().put("enabled", engine.spec().kind() instanceof GuestSpec.Kvm).put("present",
                Files.isWritable(Path.of("/dev/kvm")));
    }
}
