package io.godwit.engine.contract;

import io.godwit.engine.guest.Guest;
import io.godwit.engine.migration.MigrationException.KernelRefused;
import io.godwit.engine.migration.MigrationException.Refused;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.Offer;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationTerms;
import java.io.IOException;
import java.util.Locale;

/** Says of terms, before anything has begun, whether they can be accepted. */
public final class Offers {
    private static final double MIB = 1 << 20;

    private Offers() {}

    /**
     * Options with these terms.
     *
     * @throws Refused when they cannot be kept, whatever the link and the guest will do; or not be kept by us
     */
    public static MigrationOptions accept(MigrationTerms terms, Guest guest, MigrationOptions options)
            throws Refused, KernelRefused {
        if (options.capabilities().has(MigrationCapability.BACKGROUND_SNAPSHOT)) {
            throw new Refused("Terms are for a guest that goes: give none, or switch background-snapshot off");
        }
        RamEstimate ram;
        try {
            ram = RamEstimate.of(guest.ram());
        } catch (IOException e) {
            throw new KernelRefused("Cannot tell how much there is to migrate: " + e.getMessage(), e);
        }
        double least = mayBeLess(guest, options) ? 0 : ram.leastBytes();
        if (terms.maxBytes().isPresent() && least > terms.maxBytes().getAsLong()) {
            throw new Refused(String.format(Locale.ROOT,
                    "max-bytes cannot be kept: the guest's memory alone has %.0f bytes to be sent once, at most %d expected",
                    least, terms.maxBytes().getAsLong()));
        }
        checkDeadline(terms, least, options);
        return options.with(new Offer(terms, ram.touched(), ram.likelyBytes()));
    }

    /** What is held back by a parameter of ours is known before there is a link. */
    private static void checkDeadline(MigrationTerms terms, double least, MigrationOptions options) throws Refused {
        double limit = options.parameters().get().maxBandwidth();
        boolean precopyAlone = !options.capabilities().has(MigrationCapability.POSTCOPY_RAM);
        if (terms.deadlineSeconds().isEmpty() || limit == 0 || !precopyAlone) {
            return;
        }
        double seconds = least / limit;
        if (seconds > terms.deadlineSeconds().getAsLong()) {
            throw new Refused(String.format(Locale.ROOT,
                    "deadline-s cannot be kept: the guest's memory alone takes %.1f s at max-bandwidth, %.1f MiB/s; at most %d expected",
                    seconds, limit / MIB, terms.deadlineSeconds().getAsLong()));
        }
    }

    /** Whether a page may take less than its bytes, or none. */
    private static boolean mayBeLess(Guest guest, MigrationOptions options) {
        return options.compressesPackets()
                || guest.freePages().flatMap(free -> free.offeredHints()).isPresent();
    }
}
