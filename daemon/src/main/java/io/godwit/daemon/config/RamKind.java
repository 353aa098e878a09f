package io.godwit.daemon.config;

import io.godwit.engine.GuestSpec.Ram;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Where RAM lives: {@code --ram anonymous|memfd[,pagesize=2M]|mapped-ram:FILE}. */
final class RamKind {
    private static final String FILE = "mapped-ram:";

    private RamKind() {}

    /** Whether it suits the guest is another question, see {@link GuestOptions}. */
    static Ram parse(String text) {
        var values = new KeyValues(text, "kind", List.of("kind", "pagesize"));
        String kind = values.require("kind");
        boolean hugePages = values.get("pagesize").map(RamKind::isHuge).orElse(false);
        return switch (kind) {
            case "anonymous" -> {
                if (hugePages) {
                    throw new BadOption("is anonymous with pages of 2M, expected memfd for pages of 2M");
                }
                yield new Ram.Anonymous();
            }
            case "memfd" -> new Ram.Memfd(hugePages);
            case String file when file.length() > FILE.length() && file.startsWith(FILE) -> {
                if (values.get("pagesize").isPresent()) {
                    throw new BadOption("has 'pagesize' for a mapped-ram file, expected it for memfd only");
                }
                yield new Ram.MappedRamFile(Path.of(file.substring(FILE.length())));
            }
            default -> throw new BadOption("is '" + kind + "', expected anonymous, memfd or mapped-ram:FILE");
        };
    }

    private static boolean isHuge(String size) {
        return switch (size.toUpperCase(Locale.ROOT)) {
            case "4K" -> false;
            case "2M" -> true;
            default -> throw new BadOption("has 'pagesize=" + size + "', expected 4K or 2M");
        };
    }
}
