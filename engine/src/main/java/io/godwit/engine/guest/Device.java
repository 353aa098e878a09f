package io.godwit.engine.guest;

import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.IOException;

/** One piece of device state: a FULL section of the stream. Saved and loaded while the guest stands still. */
public interface Device {

    /** The section's idstr, such as {@code cpu}: at most 255 ASCII characters. */
    String name();

    /** Tells devices of one name apart: the index of a vCPU, a chip. */
    default int instanceId() {
        return 0;
    }

    /** Version of the layout that {@link #save} writes. {@link #load} gets the version found in the stream, at most this. */
    default int version() {
        return 1;
    }

    /** Whether its section has to be there: only a device that says no may be left out, and is then as it was when it was made. */
    default boolean isNeeded() {
        return true;
    }

    /** Writes the state, field by field; the names end up in the stream's vmdesc. */
    void save(DeviceStateWriter out) throws IOException;

    /** Reads the same fields in the same order and takes them over. A peer wrote them: bound what is allocated for. */
    void load(DeviceStateReader in, int version) throws IOException;
}
