package io.godwit.daemon.command;

import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qmp.QmpException;
import java.util.EnumSet;
import java.util.Set;

/**
 * What QEMU 10 knows and Godwit accepts, but does not do yet. It can be set and read back, as clients do that; a
 * migration with it is refused by name, never done without it.
 */
final class NotBuiltYet {

    /** Of the others, dirty-bitmaps, late-block-activate, rdma-pin-all and zero-blocks change nothing without disks and RDMA. */
    private static final Set<MigrationCapability> CAPABILITIES = EnumSet.of(MigrationCapability.XBZRLE,
            MigrationCapability.POSTCOPY_RAM, MigrationCapability.X_COLO, MigrationCapability.RELEASE_RAM,
            MigrationCapability.MULTIFD, MigrationCapability.POSTCOPY_BLOCKTIME, MigrationCapability.X_IGNORE_SHARED,
            MigrationCapability.BACKGROUND_SNAPSHOT, MigrationCapability.ZERO_COPY_SEND,
            MigrationCapability.POSTCOPY_PREEMPT, MigrationCapability.DIRTY_LIMIT, MigrationCapability.MAPPED_RAM);

    private NotBuiltYet() {}

    /** Refuses to migrate with what is missing. */
    static void check(MigrationCapabilities capabilities, MigrationParameters parameters) throws QmpException {
        for (MigrationCapability capability : CAPABILITIES) {
            if (capabilities.has(capability)) {
                throw missing("Capability '" + capability.qapiName() + "'", "; switch it off to migrate");
            }
        }
        if (!parameters.mode().equals("normal")) {
            throw missing("Parameter 'mode' = '" + parameters.mode() + "'", "; set it to 'normal' to migrate");
        }
        if (!parameters.tlsCreds().isEmpty()) {
            throw missing("TLS (parameter 'tls-creds')", "; set it to '' to migrate");
        }
        if (parameters.directIo()) {
            throw missing("Parameter 'direct-io'", "; set it to false to migrate");
        }
    }

    static QmpException transport(String name) {
        return missing("Transport '" + name + "'", "; use tcp, unix, fd, exec or file");
    }

    static QmpException addressOption(String options) {
        return missing("Option " + options, "; leave it out");
    }

    static QmpException dirtyRateMode(String mode) {
        return missing("Mode '" + mode + "'", "; use page-sampling");
    }

    private static QmpException missing(String what, String advice) {
        return new QmpException(what + " is not built into Godwit 0.1.0 yet" + advice);
    }
}
