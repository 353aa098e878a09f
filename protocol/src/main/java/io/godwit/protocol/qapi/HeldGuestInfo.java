package io.godwit.protocol.qapi;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

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

    /** What {@code x-godwit-query-held} answers; sizes are bytes, and {@code ram} is all blocks together. */
    public ObjectNode toJson() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("machine-type", machineType);
        uuid.ifPresent(value -> json.put("uuid", value.toString()));
        runState.ifPresent(value -> json.put("run-state", value));
        json.put("ram", blocks.stream().mapToLong(Block::bytes).sum());
        ArrayNode blockList = json.putArray("blocks");
        blocks.forEach(block -> blockList.add(block.toJson()));
        ArrayNode deviceList = json.putArray("devices");
        devices.forEach(device -> deviceList.add(device.toJson()));
        return json;
    }

    /** A block of RAM, with how many of its pages of 4096 bytes have memory or space in a file of their own. */
    public record Block(String name, long bytes, long presentPages) {

        private ObjectNode toJson() {
            return JsonNodeFactory.instance.objectNode().put("name", name).put("size", bytes).put("present-pages",
                    presentPages);
        }
    }

    /**
     * A section of the device state, whose body of {@code bytes} bytes is opaque to us.
     *
     * @param instanceId unsigned, as is the version: that is what the wire carries
     */
    public record DeviceSection(String name, int instanceId, int version, int bytes) {

        private ObjectNode toJson() {
            return JsonNodeFactory.instance.objectNode().put("name", name)
                    .put("instance-id", Integer.toUnsignedLong(instanceId))
                    .put("version", Integer.toUnsignedLong(version)).put("size", bytes);
        }
    }
}
