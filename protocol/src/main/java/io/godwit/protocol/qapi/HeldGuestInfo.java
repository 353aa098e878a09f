package io.godwit.protocol.qapi;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * What a held guest consists of: the answer to our own {@code x-godwit-query-held}.
 *
 * @param machineType the full name, such as {@code pc-i440fx-10.0}; only its like can load the state
 * @param runState what the guest was at its source, such as {@code running}; empty when the stream did not say
 */
public record HeldGuestInfo(String machineType, Optional<UUID> uuid, Optional<String> runState, List<Block> blocks,
        List<DeviceSection> devices) {

    public HeldGuestInfo {
        blocks = List.copyOf(blocks);
        devices = List.copyOf(devices);
    }

    /** A block of RAM, with how many of its pages of 4096 bytes have memory or space in a file of their own. */
    public record Block(String name, long bytes, long presentPages) {}

    /** A section of the device state, whose body of {@code bytes} bytes is opaque to us. */
    public record DeviceSection(String name, int instanceId, int version, int bytes) {}
}
