package io.godwit.engine.guest.kvm;

import io.godwit.engine.linux.KvmRegisters;
import io.godwit.engine.linux.KvmVcpu;
import java.io.IOException;
import java.util.EnumMap;
import java.util.Map;

/** Everything that a vCPU is, as values. Arrays are shared, not copied: who makes one gives them away. */
@SuppressWarnings("ArrayRecordComponent") // Moved from one place to another, never compared.
record CpuState(Map<KvmRegisters, byte[]> parts, int[] msrIndices, long[] msrValues) {

    /** Reads it from a vCPU that stands still. */
    static CpuState of(KvmVcpu vcpu) throws IOException {
        var parts = new EnumMap<KvmRegisters, byte[]>(KvmRegisters.class);
        parts.put(KvmRegisters.MP_STATE, vcpu.get(KvmRegisters.MP_STATE)); // first: see there
        for (KvmRegisters part : KvmRegisters.values()) {
            if (part != KvmRegisters.MP_STATE) {
                parts.put(part, vcpu.get(part));
            }
        }
        return new CpuState(parts, vcpu.msrs().indices(), vcpu.msrs().values());
    }

    /** Gives it to a vCPU that stands still. Some of the MSRs need the APIC's state to be there, so they come last. */
    void applyTo(KvmVcpu vcpu) throws IOException {
        for (KvmRegisters part : KvmRegisters.values()) {
            vcpu.set(part, part(part));
        }
        vcpu.msrs().set(msrIndices, msrValues);
    }

    byte[] part(KvmRegisters part) {
        byte[] state = parts.get(part);
        if (state == null) {
            throw new IllegalStateException("no " + part);
        }
        return state;
    }
}
