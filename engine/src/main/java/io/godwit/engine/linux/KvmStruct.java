package io.godwit.engine.linux;

import io.godwit.engine.linux.ffi.KvmStructs;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;

/** One struct of KVM's state, edited by the names of its fields, such as {@code cs.base} or {@code channels[0].count}. */
public final class KvmStruct {
    private final StructLayout layout;
    private final byte[] bytes;

    private KvmStruct(StructLayout layout, byte[] bytes) {
        if (bytes.length != layout.byteSize()) {
            throw new IllegalArgumentException(bytes.length + " bytes, expected " + layout.byteSize());
        }
        this.layout = layout;
        this.bytes = bytes;
    }

    /** Edits {@code state} in place. */
    public static KvmStruct sregs(byte[] state) {
        return new KvmStruct(KvmStructs.kvm_sregs, state);
    }

    /** Edits {@code state} in place. */
    public static KvmStruct regs(byte[] state) {
        return new KvmStruct(KvmStructs.kvm_regs, state);
    }

    /** Edits {@code state} in place: the state of one of the two PICs. */
    public static KvmStruct pic(byte[] state) {
        return new KvmStruct(KvmStructs.kvm_irqchip, state);
    }

    /** Edits {@code state} in place. */
    public static KvmStruct pit(byte[] state) {
        return new KvmStruct(KvmStructs.kvm_pit_state2, state);
    }

    /** The field's bits, not extended by its sign. */
    public long get(String field) {
        long value = 0;
        long offset = offset(field);
        for (long i = size(field) - 1; i >= 0; i--) {
            value = (value << 8) | Byte.toUnsignedLong(bytes[(int) (offset + i)]);
        }
        return value;
    }

    /** Sets the field to the low bits of {@code value}. */
    public KvmStruct set(String field, long value) {
        long offset = offset(field);
        for (int i = 0; i < size(field); i++) {
            bytes[(int) offset + i] = (byte) (value >>> (8 * i));
        }
        return this;
    }

    private long offset(String field) {
        return layout.byteOffset(KvmStructs.path(field));
    }

    private long size(String field) {
        MemoryLayout selected = layout.select(KvmStructs.layoutPath(field));
        if (!(selected instanceof ValueLayout)) {
            throw new IllegalArgumentException(field + " is no single value");
        }
        return selected.byteSize();
    }
}
