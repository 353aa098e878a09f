package io.godwit.engine.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Counts what a test could leave behind in this process. */
public final class ProcessResources {

    private ProcessResources() {}

    /** Open descriptors. */
    public static long descriptors() throws IOException {
        try (var entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.count();
        }
    }

    /** Whether something is mapped at {@code address}. */
    public static boolean isMapped(long address) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
            if (Long.compareUnsigned(Long.parseUnsignedLong(range[0], 16), address) <= 0
                    && Long.compareUnsigned(address, Long.parseUnsignedLong(range[1], 16)) < 0) {
                return true;
            }
        }
        return false;
    }
}
