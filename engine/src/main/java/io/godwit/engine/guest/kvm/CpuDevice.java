package io.godwit.engine.guest.kvm;

import io.godwit.engine.guest.Device;
import io.godwit.engine.linux.KvmRegisters;
import io.godwit.engine.linux.KvmVcpu;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import java.io.IOException;
import java.util.EnumMap;

/**
 * One vCPU as a section: the kernel's structs in the order of {@link KvmRegisters}, then {@code msr_count} pairs of
 * {@code msr_index} (32 bits) and {@code msr_value} (64).
 */
final class CpuDevice implements Device {
    static final int MAX_MSRS = 512;

    private final KvmVcpu vcpu;

    /** @param vcpu lent */
    CpuDevice(KvmVcpu vcpu) {
        this.vcpu = vcpu;
    }

    @Override
    public String name() {
        return "cpu";
    }

    @Override
    public int instanceId() {
        return vcpu.index();
    }

    @Override
    public void save(DeviceStateWriter out) throws IOException {
        CpuState state = CpuState.of(vcpu);
        for (KvmRegisters part : KvmRegisters.values()) {
            out.buffer(part.fieldName(), state.part(part));
        }
        int count = state.msrIndices().length;
        out.u32("msr_count", count);
        for (int i = 0; i < count; i++) {
            out.u32("msr_index", state.msrIndices()[i]);
            out.u64("msr_value", state.msrValues()[i]);
        }
    }

    @Override
    public void load(DeviceStateReader in, int version) throws IOException {
        var parts = new EnumMap<KvmRegisters, byte[]>(KvmRegisters.class);
        for (KvmRegisters part : KvmRegisters.values()) {
            parts.put(part, in.buffer(part.fieldName(), part.byteSize()));
        }
        int count = in.u32("msr_count");
        if (count < 0 || count > MAX_MSRS) {
            throw new IOException("cpu " + instanceId() + ": msr_count " + Integer.toUnsignedString(count)
                    + ", at most " + MAX_MSRS);
        }
        var indices = new int[count];
        var values = new long[count];
        for (int i = 0; i < count; i++) {
            indices[i] = in.u32("msr_index");
            values[i] = in.u64("msr_value");
        }
        new CpuState(parts, indices, values).applyTo(vcpu);
    }
}
