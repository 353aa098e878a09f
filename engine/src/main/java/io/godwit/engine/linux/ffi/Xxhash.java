package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.util.Optional;

/**
 * xxhash.h of libxxhash 0.8 and later, which every Debian has (apt needs it). Where the library is missing every call returns
 * 0: ask {@link #isPresent} first.
 */
public final class Xxhash {
    private static final Optional<SymbolLookup> LIBRARY = load();
    private static final MethodHandle XXH3_64BITS = link("XXH3_64bits",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private Xxhash() {}

    @SuppressWarnings("restricted") // A library of the distribution, by its soname; its function is declared as xxhash.h has it.
    private static Optional<SymbolLookup> load() {
        try {
            return Optional.of(SymbolLookup.libraryLookup("libxxhash.so.0", Arena.global()));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    @SuppressWarnings("restricted") // As above. A version before 0.8 lacks the function: as good as no library.
    private static MethodHandle link(String name, FunctionDescriptor signature) {
        return LIBRARY.flatMap(library -> library.find(name))
                .map(function -> Linker.nativeLinker().downcallHandle(function, signature))
                .orElseGet(() -> MethodHandles.empty(signature.toMethodType()));
    }

    public static boolean isPresent() {
        return LIBRARY.flatMap(library -> library.find("XXH3_64bits")).isPresent();
    }

    /** The digest of {@code length} bytes at the address {@code input}. */
    public static long XXH3_64bits(long input, long length) {
        try {
            return (long) XXH3_64BITS.invokeExact(input, length);
        } catch (Throwable t) {
            throw CallState.rethrow("XXH3_64bits", t);
        }
    }
}
