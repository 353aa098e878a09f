package io.godwit.engine.guest;

import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.WireOutput;
import java.io.IOException;

/**
 * What follows the RAM in a stream: the device state of a guest that stands still, and the stream's end. Used once, by one
 * thread, in this order.
 */
public interface DeviceState {

    /** The section id of the RAM that goes before; the sections here have others. */
    int ramSectionId();

    /** Writes the FULL sections. {@code was} is what the guest was before it was stopped for its migration. */
    void writeSections(WireOutput out, RunState was) throws IOException;

    /** Writes EOF and VMDESCRIPTION: a destination that has read the first byte may run the guest. */
    void writeEnd(WireOutput out) throws IOException;
}
