package io.godwit.engine.fuzz;

import io.godwit.engine.guest.held.HeldGuest;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapabilities;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * A plain stream from its first byte to its last. What arrives in memory arrives the same in a mapped-ram file; which is synced,
 * and therefore tried with few of them.
 */
public final class StreamTarget {
    private static final Loading LOADING = new Loading(MigrationCapabilities.NONE);
    private static final Leftovers LEFTOVERS = new Leftovers();
    private static final int ONE_IN = 16;
    /** In the fuzzer's working directory. */
    private static final Path IMAGE = Path.of("image").toAbsolutePath();

    private StreamTarget() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        try (var inMemory = HeldGuest.inMemory(Loading.MOST_BYTES)) {
            if (LOADING.load(InputFile.of(input), inMemory)) {
                inMemory.info();
                if (Math.floorMod(Arrays.hashCode(input), ONE_IN) == 0) {
                    compareInFile(input, inMemory);
                }
            }
        }
        LEFTOVERS.check();
    }

    private static void compareInFile(byte[] input, HeldGuest inMemory) throws IOException {
        try (var inFile = HeldGuest.inFile(IMAGE, Loading.MOST_BYTES, false)) {
            if (!LOADING.load(InputFile.of(input), inFile)) {
                throw new AssertionError("arrives in memory, but not in a file");
            }
            List<? extends RamBlock> blocks = inMemory.ram();
            for (int i = 0; i < blocks.size(); i++) {
                compare(blocks.get(i), inFile.ram().get(i));
            }
        }
    }

    private static void compare(RamBlock block, RamBlock other) throws IOException {
        long bytes = block.byteSize();
        try (var one = new NativeBuffer(bytes); var two = new NativeBuffer(bytes)) {
            block.read(0, one.segment(), 0, bytes);
            other.read(0, two.segment(), 0, bytes);
            if (!NativeBuffer.equal(one.segment(), 0, two.segment(), 0, bytes)) {
                throw new AssertionError("block '" + block.name() + "' differs in memory and in a file");
            }
        }
    }
}
