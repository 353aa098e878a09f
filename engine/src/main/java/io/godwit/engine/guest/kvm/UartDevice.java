package io.godwit.engine.guest.kvm;

import io.godwit.engine.guest.Device;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.IOException;

/** COM1 as a section: its registers, then {@code received_count} bytes that arrived and were not read yet. */
final class UartDevice implements Device {
    private final Uart uart;

    UartDevice(Uart uart) {
        this.uart = uart;
    }

    @Override
    public String name() {
        return "uart";
    }

    @Override
    public void save(DeviceStateWriter out) {
        UartState state = uart.state();
        out.u16("divisor", state.divisor);
        out.u8("ier", state.ier);
        out.u8("fcr", state.fcr);
        out.u8("lcr", state.lcr);
        out.u8("mcr", state.mcr);
        out.u8("scratch", state.scratch);
        out.u8("transmitter_empty_pending", state.transmitterEmptyPending ? 1 : 0);
        var received = new byte[state.received()];
        for (int i = 0; i < received.length; i++) {
            received[i] = (byte) state.takeReceived();
        }
        out.u16("received_count", received.length);
        out.buffer("received", received);
    }

    @Override
    public void load(DeviceStateReader in, int version) throws IOException {
        var state = new UartState();
        state.divisor = in.u16("divisor");
        state.ier = bounded("ier", in.u8("ier"), 0x0f);
        state.fcr = bounded("fcr", in.u8("fcr"), 0xc9);
        state.lcr = in.u8("lcr");
        state.mcr = bounded("mcr", in.u8("mcr"), 0x1f);
        state.scratch = in.u8("scratch");
        state.transmitterEmptyPending = bounded("transmitter_empty_pending", in.u8("transmitter_empty_pending"),
                1) == 1;
        int count = in.u16("received_count");
        if (count > Uart.FIFO_BYTES) {
            throw new IOException("uart: received_count " + count + ", at most " + Uart.FIFO_BYTES);
        }
        for (byte value : in.buffer("received", count)) {
            state.addReceived(value);
        }
        uart.replaceState(state);
    }

    private static int bounded(String field, int value, int bits) throws IOException {
        if ((value & ~bits) != 0) {
            throw new IOException("uart: " + field + " 0x" + Integer.toHexString(value) + ", only bits of 0x"
                    + Integer.toHexString(bits) + " can be set");
        }
        return value;
    }
}
