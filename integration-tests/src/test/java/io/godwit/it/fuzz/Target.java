package io.godwit.it.fuzz;

import java.util.Arrays;
import java.util.Locale;

/** What is fuzzed, by the class that does it. Its corpus is {@code src/test/fuzz/WORD}. */
enum Target {
    STREAM("io.godwit.engine.fuzz.StreamTarget"),
    MAPPED_RAM("io.godwit.engine.fuzz.MappedRamTarget"),
    MULTIFD("io.godwit.engine.fuzz.MultifdTarget"),
    DEVICE_TAIL("io.godwit.protocol.fuzz.DeviceTailTarget"),
    DELTA("io.godwit.protocol.fuzz.DeltaTarget"),
    INSPECT("io.godwit.inspect.fuzz.InspectTarget"),
    QMP("io.godwit.protocol.fuzz.QmpTarget");

    private final String className;

    Target(String className) {
        this.className = className;
    }

    String className() {
        return className;
    }

    /** As a user calls it. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static Target of(String word) {
        return Arrays.stream(values()).filter(target -> target.word().equals(word)).findFirst().orElseThrow(
                () -> new IllegalArgumentException("target '%s', expected one of %s".formatted(word,
                        Arrays.stream(values()).map(Target::word).toList())));
    }
}
