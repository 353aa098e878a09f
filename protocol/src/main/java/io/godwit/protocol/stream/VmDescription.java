package io.godwit.protocol.stream;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The JSON at the end of a stream that says which device sections it holds and what they are made of. */
public record VmDescription(int pageSize, List<Device> devices) {

    /** More than any machine's description: a bound for what a peer may announce. */
    public static final int MAX_BYTES = 16 << 20;

    public VmDescription {
        devices = List.copyOf(devices);
    }

    /** One FULL section, in stream order. */
    public record Device(String name, int instanceId, int version, List<Field> fields) {
        public Device {
            fields = List.copyOf(fields);
        }
    }

    /** One field of a section's body: {@code size} bytes. */
    public record Field(String name, int size, String type) {}

    /** Writes the section: type byte, be32 length, JSON. */
    public void write(WireOutput out) throws IOException {
        byte[] json = toJson().getBytes(StandardCharsets.US_ASCII);
        out.u8(SectionType.VMDESCRIPTION.code());
        out.u32(json.length);
        out.bytes(json);
    }

    /**
     * The sizes of the sections that a description names, in stream order.
     *
     * @param json holds the JSON, and nothing else, in {@code length} bytes from {@code offset} on
     */
    public static List<SectionSize> sectionSizes(byte[] json, int offset, int length) throws MalformedStreamException {
        return VmDescriptionParser.parse(json, offset, length);
    }

    /** As QEMU writes it: the members that its own tools read. */
    String toJson() {
        ObjectNode root = JsonNodeFactory.instance.objectNode();
        root.put("page_size", pageSize);
        var list = root.putArray("devices");
        for (Device device : devices) {
            ObjectNode node = list.addObject();
            node.put("name", device.name()).put("instance_id", device.instanceId()).put("vmsd_name", device.name())
                    .put("version", device.version());
            var fields = node.putArray("fields");
            device.fields().forEach(field -> fields.addObject().put("name", field.name()).put("type", field.type())
                    .put("size", field.size()));
        }
        return root.toString();
    }
}
