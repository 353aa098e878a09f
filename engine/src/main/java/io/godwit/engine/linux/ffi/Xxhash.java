package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

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
    private static final Optional<SymbolLookup> LIBRARY = HostLibrary.load("libxxhash.so.0");
    private static final MethodHandle XXH3_64BITS = link("XXH3_64bits",
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG));

    private Xxhash() {}

    @SuppressWarnings("restricted") // Declared as xxhash.h has it. A version before 0.8 lacks the function: as good as no library.
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
