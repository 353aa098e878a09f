package io.godwit.engine.linux.ffi;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/** Libraries that a distribution has or has not, by their sonames. */
final class HostLibrary {
    private HostLibrary() {}

    /** For good; empty when this host has none of that name. */
    @SuppressWarnings("restricted") // Whoever links a function of it declares that as its header has it.
    static Optional<SymbolLookup> load(String soname) {
        try {
            return Optional.of(SymbolLookup.libraryLookup(soname, Arena.global()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
