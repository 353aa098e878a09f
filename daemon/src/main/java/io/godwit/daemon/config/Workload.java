package io.godwit.daemon.config;

import io.godwit.engine.GuestSpec.FreeMemory;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * {@code --workload fill=SIZE,dirty=SIZE,rate=PAGES/s,disk=FILE,hog=SIZE,hints=on|off,reporting=on|off,balloon=on|off,residency=on|off},
 * not yet held against the guest's memory.
 *
 * @param fillBytes -1 when not given
 * @param dirtyBytes -1 when not given
 * @param pagesPerSecond -1 when not given
 */
record Workload(long fillBytes, long hogBytes, FreeMemory freeMemory, long dirtyBytes, long pagesPerSecond,
        Optional<Path> disk) {
    static final Workload DEFAULT = new Workload(-1, 0, FreeMemory.SILENT, -1, -1, Optional.empty());
    private static final long MOST_PAGES_PER_SECOND = 1_000_000_000;

    /** One that has a hog tells what that has freed, unless it is not to. */
    static Workload parse(String text) {
        var values = new KeyValues(text, "", List.of("fill", "dirty", "rate", "disk", "hog", "hints",
                "reporting", "balloon", "residency"));
        long hog = values.get("hog").map(MemorySize::parsePages).orElse(0L);
        return new Workload(values.get("fill").map(MemorySize::parsePages).orElse(-1L), hog,
                new FreeMemory(isOn(values, "residency", true), isOn(values, "hints", hog > 0),
                        isOn(values, "reporting", false), isOn(values, "balloon", false)),
                values.get("dirty").map(MemorySize::parsePages).orElse(-1L),
                values.get("rate").map(rate -> Whole.parse(rate, 0, MOST_PAGES_PER_SECOND)).orElse(-1L),
                values.get("disk").map(GuestOptions::file));
    }

    private static boolean isOn(KeyValues values, String key, boolean otherwise) {
        return switch (values.get(key).orElse(otherwise ? "on" : "off")) {
            case "on" -> true;
            case "off" -> false;
            default -> throw new BadOption(
                    "has '" + key + "' of '" + values.get(key).orElseThrow() + "', expected on or off");
        };
    }

    /** With what was not given: a quarter of memory filled, 1 MiB of it dirtied at 256 pages a second. */
    Workload in(long memoryBytes) {
        long fill = fillBytes >= 0 ? fillBytes : memoryBytes / 4 / 4096 * 4096;
        long dirty = dirtyBytes >= 0 ? dirtyBytes : Math.min(1 << 20, fill);
        if (fill > memoryBytes) {
            throw new BadOption("has 'fill' of " + fill + " bytes, expected at most the memory, " + memoryBytes);
        }
        if (hogBytes > memoryBytes - fill) {
            throw new BadOption(
                    "has 'hog' of " + hogBytes + " bytes, expected at most what 'fill' leaves of the memory, "
                            + (memoryBytes - fill));
        }
        if (dirty > fill) {
            throw new BadOption("has 'dirty' of " + dirty + " bytes, expected at most 'fill', " + fill);
        }
        return new Workload(fill, hogBytes, freeMemory, dirty, pagesPerSecond >= 0 ? pagesPerSecond : 256, disk);
    }
}
