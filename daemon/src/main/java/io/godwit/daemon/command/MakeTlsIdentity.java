package io.godwit.daemon.command;

import io.godwit.engine.MigrationEngine;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes a key and a certificate for the guest's next migration, in place of what was made for one that has not begun: then nobody waits
 * any more for a source that was to come by that. Its result is by what the other end is to know this one.
 */
record MakeTlsIdentity(MigrationEngine engine, PinnedTls pinned) implements BareCommand {

    @Override
    public String name() {
        return "x-godwit-tls-identity";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ObjectNode execute() throws QmpException {
        ForgetTlsIdentity.withdraw(engine, pinned);
        return Json.object().put("fingerprint", pinned.renew().hex());
    }
}
