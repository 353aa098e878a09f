package io.godwit.inspect;

import io.godwit.protocol.stream.Configuration.Capability;

/** Names as users know them. */
final class Words {
    private Words() {}

    static String of(Capability capability) {
        return switch (capability) {
            case IGNORE_SHARED -> "x-ignore-shared";
            case MAPPED_RAM -> "mapped-ram";
        };
    }
}
