package io.godwit.protocol.stream;

import java.util.List;

/** The JSON at the end of a stream that says which device sections it holds and what they are made of. */
public record VmDescription(int pageSize, List<Device> devices) {

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
}
