package io.godwit.engine.linux;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/** Counts what a test could leave behind in this process. */
public final class ProcessResources {

    private ProcessResources() {}

    /** Open descriptors and what they refer to, but for files that the JVM opens when it pleases. */
    public static SortedSet<String> descriptors() throws IOException {
        var found = new TreeSet<String>();
        try (var entries = Files.list(Path.of("/proc/self/fd"))) {
            for (Path entry : entries.toList()) {
                target(entry).filter(target -> !target.matches("/proc/.*/fd|.*\\.jar|.*/lib/modules|/dev/u?random"))
                        .ifPresent(target -> found.add(entry.getFileName() + " " + target));
            }
        }
        return found;
    }

    private static Optional<String> target(Path entry) throws IOException {
        try {
            return Optional.of(Files.readSymbolicLink(entry).toString());
        } catch (NoSuchFileException closedMeanwhile) {
            return Optional.empty();
        }
    }

    /** Memory that this process has taken for itself, in bytes. */
    public static long anonymousBytes() throws IOException {
        return kilobytes("RssAnon:") << 10;
    }

    /** The most address space that this process ever had, in bytes. */
    public static long mostMappedBytes() throws IOException {
        return kilobytes("VmPeak:") << 10;
    }

    private static long kilobytes(String field) throws IOException {
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(any -> any.startsWith(field))
                .findFirst().orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", ""));
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
