package io.godwit.engine.multifd;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What on the main channel ends a round of multifd. A source goes by its machine type (QEMU's property
 * multifd-flush-after-each-section); a destination sees it in START, which has a mark of either kind.
 */
public enum RoundMark {
    /** A MULTIFD_FLUSH record, once in START and once for each round through RAM. */
    FLUSH,
    /** Every EOS of the RAM section: PC machines up to 8.0. */
    EVERY_EOS;

    private static final Pattern PC = Pattern.compile("pc-(?:i440fx|q35)-(\\d{1,3})\\.(\\d{1,3})(?:\\..*)?");
    private static final int LAST_MAJOR = 8;
    private static final int LAST_MINOR = 0;

    /** The one of a machine, by its full name. */
    public static RoundMark of(String machineType) {
        Matcher pc = PC.matcher(machineType);
        if (!pc.matches()) {
            return FLUSH;
        }
        int major = Integer.parseInt(pc.group(1));
        int minor = Integer.parseInt(pc.group(2));
        return major < LAST_MAJOR || (major == LAST_MAJOR && minor <= LAST_MINOR) ? EVERY_EOS : FLUSH;
    }
}
