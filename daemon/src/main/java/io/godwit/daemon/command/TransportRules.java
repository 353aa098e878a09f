package io.godwit.daemon.command;

import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qmp.QmpException;

/** Which capabilities need which kind of address. Checked before anything of a migration is recorded. */
final class TransportRules {
    private TransportRules() {}

    static void check(MigrationAddress address, MigrationCapabilities capabilities) throws QmpException {
        boolean mappedRam = capabilities.has(MigrationCapability.MAPPED_RAM);
        if (mappedRam && !isSeekable(address)) {
            throw new QmpException("Migration requires seekable transport (e.g. file)");
        }
        boolean channels = capabilities.has(MigrationCapability.MULTIFD)
                || capabilities.has(MigrationCapability.POSTCOPY_PREEMPT);
        if (channels && !takesChannels(address, mappedRam)) {
            throw new QmpException("Migration requires multi-channel URIs (e.g. tcp)");
        }
    }

    private static boolean isSeekable(MigrationAddress address) {
        return switch (address) {
            case MigrationAddress.FilePath _ -> true;
            case MigrationAddress.Inet _,MigrationAddress.UnixPath _,MigrationAddress.Vsock _,MigrationAddress.FdName _,MigrationAddress.Exec _,MigrationAddress.Rdma _ ->
                false;
        };
    }

    private static boolean takesChannels(MigrationAddress address, boolean mappedRam) {
        return switch (address) {
            case MigrationAddress.Inet _,MigrationAddress.UnixPath _,MigrationAddress.Vsock _ -> true;
            case MigrationAddress.FilePath _ -> mappedRam;
            case MigrationAddress.FdName _,MigrationAddress.Exec _,MigrationAddress.Rdma _ -> false;
        };
    }
}
