package io.godwit.engine.linux;

/** What became of pages that were to be put into guest memory. An enum, because there is one for every fault. */
public enum InstallOutcome {
    /** All of them are there now, and who waited for them goes on. */
    INSTALLED,
    /** Some are: {@link FaultHandler#installedBytes} tells how many bytes; ask again for the rest. */
    PARTLY,
    /** The first one is there already. Who waits for it may not have been woken: {@link FaultHandler#wake} it. */
    ALREADY_PRESENT,
    /** The address space is changing; ask again. */
    TRY_AGAIN,
    /** Not registered, not mapped, or the process is about to end. */
    TARGET_GONE
}
