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
    private static final Set<MigrationCapability> MISSING = EnumSet.of(MigrationCapability.X_COLO,
            MigrationCapability.RELEASE_RAM,
            MigrationCapability.ZERO_COPY_SEND,
            MigrationCapability.DIRTY_LIMIT);

    private static final int MOST_CHANNELS = 16;

    private NotBuiltYet() {}

    /** Refuses to send with what is missing. */
    static void checkSending(MigrationCapabilities capabilities, MigrationParameters parameters) throws QmpException {
        checkEitherSide(capabilities, parameters);
        if (parameters.zeroPageDetection().equals("none") && !capabilities.multifdPackets()) {
            throw missing("Parameter 'zero-page-detection' = 'none' without packets of multifd",
                    "; set it to 'multifd' to migrate");
        }
    }

    /** Refuses to receive with what is missing. */
    static void checkReceiving(MigrationCapabilities capabilities, MigrationParameters parameters)
            throws QmpException {
        checkEitherSide(capabilities, parameters);
        if (parameters.directIo() && capabilities.has(MigrationCapability.POSTCOPY_RAM)) {
            throw missing("Parameter 'direct-io' with capability 'postcopy-ram'", "; set it to false to load lazily");
        }
    }

    private static void checkEitherSide(MigrationCapabilities capabilities, MigrationParameters parameters)
            throws QmpException {
        for (MigrationCapability capability : MISSING) {
            if (capabilities.has(capability)) {
                throw missing("Capability '" + capability.qapiName() + "'", "; switch it off to migrate");
            }
        }
        if (capabilities.has(MigrationCapability.X_IGNORE_SHARED)) {
            throw new QmpException("Capability 'x-ignore-shared' leaves RAM behind in a file of the source's host, "
                    + "and Godwit moves all RAM or none; switch it off to migrate");
        }
        if (!parameters.mode().equals("normal")) {
            throw missing("Parameter 'mode' = '" + parameters.mode() + "'", "; set it to 'normal' to migrate");
        }
        boolean mappedRam = capabilities.has(MigrationCapability.MAPPED_RAM);
        if (capabilities.has(MigrationCapability.MULTIFD) && parameters.multifdChannels() > MOST_CHANNELS) {
            throw missing("Parameter 'multifd-channels' = " + parameters.multifdChannels(),
                    "; set it to " + MOST_CHANNELS + " or less to migrate");
        }
        if (parameters.directIo() && !mappedRam) {
            throw missing("Parameter 'direct-io' without capability 'mapped-ram'", "; set it to false to migrate");
        }
    }

    static QmpException transport(String name) {
        return missing("Transport '" + name + "'", "; use tcp, unix, fd, exec or file");
    }

    static QmpException addressOption(String options) {
        return missing("Option " + options, "; leave it out");
    }

    static QmpException encryptedSecret() {
        return missing("Parameter 'keyid'", "; give the secret unencrypted, in a file that others cannot read");
    }

    private static QmpException missing(String what, String advice) {
        return new QmpException(what + " is not built into Godwit 0.1.0 yet" + advice);
    }
}
