package io.godwit.protocol.qapi;

import static io.godwit.protocol.qapi.MigrationCapability.*;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;

/**
 * Which capabilities go together. The resulting set is judged, not the change, so order of setting does not matter.
 * What depends on the host, on the address or on whether a migration runs is asked elsewhere.
 */
public final class CapabilityRules {

    private static final String ZERO_COPY = "Zero copy only available for non-compressed non-TLS multifd migration";
    private static final String MAPPED_RAM_PLAIN = "Mapped-ram only available for non-compressed non-TLS multifd migration";

    /** As in QEMU, but for multifd, which with mapped-ram is no more than several threads that write one file. */
    private static final List<MigrationCapability> NOT_WITH_BACKGROUND_SNAPSHOT = List.of(POSTCOPY_RAM, DIRTY_BITMAPS,
            POSTCOPY_BLOCKTIME, LATE_BLOCK_ACTIVATE, RETURN_PATH, MULTIFD, PAUSE_BEFORE_SWITCHOVER, AUTO_CONVERGE,
            RELEASE_RAM, RDMA_PIN_ALL, XBZRLE, X_COLO, VALIDATE_UUID);

    private CapabilityRules() {}

    /**
     * Checks the set that {@code migrate-set-capabilities} would make.
     *
     * @throws QmpException with QEMU's text for the first contradiction
     */
    public static void check(MigrationCapabilities set, MigrationParameters parameters) throws QmpException {
        refuse(set.has(POSTCOPY_RAM) && set.has(X_IGNORE_SHARED), "Postcopy is not compatible with ignore-shared");
        refuse(set.has(POSTCOPY_RAM) && set.has(MULTIFD), "Postcopy is not yet compatible with multifd");
        for (MigrationCapability other : NOT_WITH_BACKGROUND_SNAPSHOT) {
            refuse(set.has(BACKGROUND_SNAPSHOT) && set.has(other) && !(other == MULTIFD && set.has(MAPPED_RAM)),
                    "Background-snapshot is not compatible with " + other.qapiName());
        }
        refuse(set.has(ZERO_COPY_SEND) && (!set.has(MULTIFD) || set.has(XBZRLE) || !isPlain(parameters)), ZERO_COPY);
        refuse(set.has(POSTCOPY_PREEMPT) && !set.has(POSTCOPY_RAM), "Postcopy preempt requires postcopy-ram");
        refuse(set.has(SWITCHOVER_ACK) && !set.has(RETURN_PATH),
                "Capability 'switchover-ack' requires capability 'return-path'");
        refuse(set.has(DIRTY_LIMIT) && set.has(AUTO_CONVERGE),
                "dirty-limit conflicts with auto-converge either of then available currently");
        refuse(set.has(DIRTY_LIMIT), "dirty-limit requires KVM with accelerator property 'dirty-ring-size' set");
        refuse(set.has(MULTIFD) && set.has(XBZRLE), "Multifd is not compatible with xbzrle");
        refuse(set.has(MAPPED_RAM) && set.has(XBZRLE), "Mapped-ram migration is incompatible with xbzrle");
        refuse(set.has(MAPPED_RAM) && set.has(POSTCOPY_RAM), "Mapped-ram migration is incompatible with postcopy");
    }

    /**
     * Checks the parameters that {@code migrate-set-parameters} would make against the capabilities that are on. QEMU
     * looks at the parameters before the change and so lets the first bad one pass and then refuses to undo it.
     *
     * @throws QmpException with QEMU's text
     */
    public static void checkParameters(MigrationParameters parameters, MigrationCapabilities set) throws QmpException {
        refuse(set.has(MAPPED_RAM) && !isPlain(parameters), MAPPED_RAM_PLAIN);
        refuse(set.has(ZERO_COPY_SEND) && !isPlain(parameters), ZERO_COPY);
    }

    private static boolean isPlain(MigrationParameters parameters) {
        return parameters.multifdCompression().equals("none") && parameters.tlsCreds().isEmpty();
    }

    private static void refuse(boolean contradiction, String text) throws QmpException {
        if (contradiction) {
            throw new QmpException(text);
        }
    }
}
