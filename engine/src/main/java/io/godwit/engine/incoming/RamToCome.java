package io.godwit.engine.incoming;

import org.jspecify.annotations.Nullable;

/** A guest that runs before its RAM has come, wherever that comes from. Any thread may ask. */
interface RamToCome {

    /** Whether the guest is this one now, so that it cannot be taken back any more. */
    boolean arrived();

    /** Why what it comes from was lost last; null if it never was. */
    @Nullable
    String loss();

    /** Whether it comes over a link that can break, or is broken. */
    boolean hasLink();

    /** Breaks the link to the source off, as if it had been lost. False when there is none to lose. */
    boolean pause();
}
