package io.godwit.engine.guest.kvm;

import io.godwit.engine.guest.Device;
import io.godwit.engine.linux.KvmStruct;
import io.godwit.engine.linux.KvmVm;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.IOException;

/** The timer in the kernel as a section: the kernel's struct. Setting it starts its counters anew from their full count. */
final class PitDevice implements Device {
    private static final int CHANNELS = 3;
    private static final int MAX_COUNT = 0x1_0000;
    private static final int MAX_MODE = 5;
    private static final int NEVER_PROGRAMMED = 0xff; // a channel's mode after power-on

    private final KvmVm vm;

    /** @param vm lent */
    PitDevice(KvmVm vm) {
        this.vm = vm;
    }

    @Override
    public String name() {
        return "pit";
    }

    @Override
    public void save(DeviceStateWriter out) throws IOException {
        out.buffer("pit", vm.pit());
    }

    @Override
    public void load(DeviceStateReader in, int version) throws IOException {
        byte[] state = in.buffer("pit", KvmVm.PIT_BYTE_SIZE);
        check(KvmStruct.pit(state));
        vm.setPit(state);
    }

    /** KVM takes any bytes here; a counter has 16 bits and modes 0 to 5. */
    private static void check(KvmStruct pit) throws IOException {
        for (int i = 0; i < CHANNELS; i++) {
            checkField(pit, "channels[" + i + "].count", MAX_COUNT);
            if (pit.get("channels[" + i + "].mode") != NEVER_PROGRAMMED) {
                checkField(pit, "channels[" + i + "].mode", MAX_MODE);
            }
            checkField(pit, "channels[" + i + "].gate", 1);
        }
    }

    private static void checkField(KvmStruct pit, String field, long max) throws IOException {
        long value = pit.get(field);
        if (value > max) {
            throw new IOException("pit: " + field + " " + value + ", at most " + max);
        }
    }
}
