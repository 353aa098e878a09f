package io.godwit.inspect;

import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Differences as a value for a program. */
public final class DifferencesJson {
    private DifferencesJson() {}

    /** One value, whose {@code equal} is the answer. */
    public static ObjectNode of(List<Difference> differences) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("equal", differences.isEmpty());
        var list = json.putArray("differences");
        differences.forEach(difference -> difference(list.addObject(), difference));
        return json;
    }

    private static void difference(ObjectNode json, Difference difference) {
        switch (difference) {
            case Difference.Machine(String what, String first, String second) ->
                json.put("kind", what).put("first", first).put("second", second);
            case Difference.BlockOnlyIn(String block, Difference.Side side) ->
                json.put("kind", "block-only-in").put("block", block).put("only-in", side.word());
            case Difference.BlockLength(String block, long first, long second) ->
                json.put("kind", "block-size").put("block", block).put("first", first).put("second", second);
            case Difference.Pages(String block, long count, List<Difference.Range> ranges) -> {
                json.put("kind", "pages").put("block", block).put("count", count);
                var list = json.putArray("first-ranges");
                ranges.forEach(range -> list.addObject().put("page", range.firstPage()).put("count", range.pages()));
            }
            case Difference.DeviceOnlyIn(Difference.Device device, Difference.Side side) ->
                device(json, "device-only-in", device).put("only-in", side.word());
            case Difference.DeviceVersion(Difference.Device device, int first, int second) ->
                device(json, "device-version", device).put("first", Integer.toUnsignedLong(first)).put("second",
                        Integer.toUnsignedLong(second));
            case Difference.DeviceLength(Difference.Device device, int first, int second) ->
                device(json, "device-size", device).put("first", first).put("second", second);
            case Difference.DeviceBytes(Difference.Device device, int offset, int first, int second) ->
                device(json, "device-bytes", device).put("offset", offset).put("first", first).put("second", second);
        }
        json.put("desc", difference.sentence());
    }

    private static ObjectNode device(ObjectNode json, String kind, Difference.Device device) {
        return json.put("kind", kind).put("device", device.name()).put("instance-id",
                Integer.toUnsignedLong(device.instanceId()));
    }
}
