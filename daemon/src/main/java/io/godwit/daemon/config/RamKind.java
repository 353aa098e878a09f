package io.godwit.daemon.config;

import io.godwit.engine.GuestSpec.Ram;

/** Where RAM lives: {@code --ram}. */
final class RamKind {
    private RamKind() {}

    static Ram parse(String text) {
        if (text.startsWith("mapped-ram:")) {
            throw new BadOption("is a mapped-ram file: that is not built into this version yet");
        }
        return switch (text) {
            case "anonymous" -> new Ram.Anonymous();
            case "memfd" -> new Ram.Memfd(false);
            default -> throw new BadOption("is '" + text + "', expected anonymous or memfd");
        };
    }
}
