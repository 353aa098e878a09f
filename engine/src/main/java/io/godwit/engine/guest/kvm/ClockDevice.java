package io.godwit.engine.guest.kvm;

import io.godwit.engine.guest.Device;
import io.godwit.engine.linux.KvmVm;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.IOException;

/** The paravirtual clock as a section. It stands still while the guest travels: nobody agrees on the time in between. */
final class ClockDevice implements Device {
    private final KvmVm vm;

    /** @param vm lent */
    ClockDevice(KvmVm vm) {
        this.vm = vm;
    }

    @Override
    public String name() {
        return "kvmclock";
    }

    @Override
    public void save(DeviceStateWriter out) throws IOException {
        out.u64("clock", vm.clockNanos());
    }

    @Override
    public void load(DeviceStateReader in, int version) throws IOException {
        long clock = in.u64("clock");
        if (clock < 0) {
            throw new IOException("kvmclock: clock " + Long.toUnsignedString(clock) + " ns, at most " + Long.MAX_VALUE);
        }
        vm.setClockNanos(clock);
    }
}
