package io.godwit.protocol.qapi;

/** How a migration with terms is likely to go. */
public enum ContractVerdict implements QapiEnum {
    /** By precopy, as it is. */
    FEASIBLE,
    /** Precopy would break a term; with the guest given away before its memory, all would be kept. */
    ONLY_WITH_POSTCOPY,
    /** Neither way keeps all terms. */
    INFEASIBLE
}
