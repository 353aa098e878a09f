package io.godwit.daemon.config;

import java.util.List;
import java.util.Optional;

/** A descriptor that the daemon inherited and puts into a descriptor set at start: {@code -add-fd}. */
public record InheritedDescriptor(int fd, long set, Optional<String> opaque) {

    static InheritedDescriptor parse(String text) {
        var values = new KeyValues(text, "", List.of("fd", "set", "opaque"));
        // 0 to 2 are standard input, output and error: never somebody's image.
        return new InheritedDescriptor((int) Whole.parse(values.require("fd"), 3, 1 << 20),
                Whole.parse(values.require("set"), 0, Integer.MAX_VALUE), values.get("opaque"));
    }
}
