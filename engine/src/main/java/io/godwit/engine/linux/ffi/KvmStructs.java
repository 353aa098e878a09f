package io.godwit.engine.linux.ffi;

import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.sequenceLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.StructLayout;
import java.util.function.LongFunction;

/**
 * Structs of linux/kvm.h and asm/kvm.h for x86-64, field by field as there. Those whose fields nobody here looks at are
 * given by their size alone, in {@link Kvm}.
 */
public final class KvmStructs {

    public static final StructLayout kvm_userspace_memory_region = structLayout(JAVA_INT.withName("slot"),
            JAVA_INT.withName("flags"), JAVA_LONG.withName("guest_phys_addr"), JAVA_LONG.withName("memory_size"),
            JAVA_LONG.withName("userspace_addr"));

    public static final StructLayout kvm_segment = structLayout(JAVA_LONG.withName("base"), JAVA_INT.withName("limit"),
            JAVA_SHORT.withName("selector"), JAVA_BYTE.withName("type"), JAVA_BYTE.withName("present"),
            JAVA_BYTE.withName("dpl"), JAVA_BYTE.withName("db"), JAVA_BYTE.withName("s"), JAVA_BYTE.withName("l"),
            JAVA_BYTE.withName("g"), JAVA_BYTE.withName("avl"), JAVA_BYTE.withName("unusable"),
            JAVA_BYTE.withName("padding"));

    public static final StructLayout kvm_dtable = structLayout(JAVA_LONG.withName("base"), JAVA_SHORT.withName("limit"),
            sequenceLayout(3, JAVA_SHORT).withName("padding"));

    public static final StructLayout kvm_sregs = structLayout(kvm_segment.withName("cs"), kvm_segment.withName("ds"),
            kvm_segment.withName("es"), kvm_segment.withName("fs"), kvm_segment.withName("gs"),
            kvm_segment.withName("ss"), kvm_segment.withName("tr"), kvm_segment.withName("ldt"),
            kvm_dtable.withName("gdt"), kvm_dtable.withName("idt"), JAVA_LONG.withName("cr0"),
            JAVA_LONG.withName("cr2"), JAVA_LONG.withName("cr3"), JAVA_LONG.withName("cr4"), JAVA_LONG.withName("cr8"),
            JAVA_LONG.withName("efer"), JAVA_LONG.withName("apic_base"),
            sequenceLayout(4, JAVA_LONG).withName("interrupt_bitmap"));

    public static final StructLayout kvm_regs = structLayout(JAVA_LONG.withName("rax"), JAVA_LONG.withName("rbx"),
            JAVA_LONG.withName("rcx"), JAVA_LONG.withName("rdx"), JAVA_LONG.withName("rsi"), JAVA_LONG.withName("rdi"),
            JAVA_LONG.withName("rsp"), JAVA_LONG.withName("rbp"), JAVA_LONG.withName("r8"), JAVA_LONG.withName("r9"),
            JAVA_LONG.withName("r10"), JAVA_LONG.withName("r11"), JAVA_LONG.withName("r12"), JAVA_LONG.withName("r13"),
            JAVA_LONG.withName("r14"), JAVA_LONG.withName("r15"), JAVA_LONG.withName("rip"),
            JAVA_LONG.withName("rflags"));

    public static final StructLayout kvm_pic_state = structLayout(JAVA_BYTE.withName("last_irr"),
            JAVA_BYTE.withName("irr"), JAVA_BYTE.withName("imr"), JAVA_BYTE.withName("isr"),
            JAVA_BYTE.withName("priority_add"), JAVA_BYTE.withName("irq_base"), JAVA_BYTE.withName("read_reg_select"),
            JAVA_BYTE.withName("poll"), JAVA_BYTE.withName("special_mask"), JAVA_BYTE.withName("init_state"),
            JAVA_BYTE.withName("auto_eoi"), JAVA_BYTE.withName("rotate_on_auto_eoi"),
            JAVA_BYTE.withName("special_fully_nested_mode"), JAVA_BYTE.withName("init4"), JAVA_BYTE.withName("elcr"),
            JAVA_BYTE.withName("elcr_mask"));

    /** The union {@code chip} is given as its PIC. */
    public static final StructLayout kvm_irqchip = structLayout(JAVA_INT.withName("chip_id"), JAVA_INT.withName("pad"),
            kvm_pic_state.withName("pic"), paddingLayout(512 - kvm_pic_state.byteSize()));

    public static final StructLayout kvm_pit_channel_state = structLayout(JAVA_INT.withName("count"),
            JAVA_SHORT.withName("latched_count"), JAVA_BYTE.withName("count_latched"),
            JAVA_BYTE.withName("status_latched"), JAVA_BYTE.withName("status"), JAVA_BYTE.withName("read_state"),
            JAVA_BYTE.withName("write_state"), JAVA_BYTE.withName("write_latch"), JAVA_BYTE.withName("rw_mode"),
            JAVA_BYTE.withName("mode"), JAVA_BYTE.withName("bcd"), JAVA_BYTE.withName("gate"),
            JAVA_LONG.withName("count_load_time"));

    public static final StructLayout kvm_pit_state2 = structLayout(
            sequenceLayout(3, kvm_pit_channel_state).withName("channels"), JAVA_INT.withName("flags"),
            sequenceLayout(9, JAVA_INT).withName("reserved"));

    public static final StructLayout kvm_pit_config = structLayout(JAVA_INT.withName("flags"),
            sequenceLayout(15, JAVA_INT).withName("pad"));

    public static final StructLayout kvm_clock_data = structLayout(JAVA_LONG.withName("clock"),
            JAVA_INT.withName("flags"), JAVA_INT.withName("pad0"), JAVA_LONG.withName("realtime"),
            JAVA_LONG.withName("host_tsc"), sequenceLayout(4, JAVA_INT).withName("pad"));

    public static final StructLayout kvm_irq_level = structLayout(JAVA_INT.withName("irq"),
            JAVA_INT.withName("level"));

    public static final StructLayout kvm_dirty_log = structLayout(JAVA_INT.withName("slot"),
            JAVA_INT.withName("padding1"), JAVA_LONG.withName("dirty_bitmap"));

    public static final StructLayout kvm_clear_dirty_log = structLayout(JAVA_INT.withName("slot"),
            JAVA_INT.withName("num_pages"), JAVA_LONG.withName("first_page"), JAVA_LONG.withName("dirty_bitmap"));

    public static final StructLayout kvm_enable_cap = structLayout(JAVA_INT.withName("cap"), JAVA_INT.withName("flags"),
            sequenceLayout(4, JAVA_LONG).withName("args"), sequenceLayout(64, JAVA_BYTE).withName("pad"));

    /** The header; entries of {@link #kvm_msr_entry} follow. */
    public static final StructLayout kvm_msrs = structLayout(JAVA_INT.withName("nmsrs"), JAVA_INT.withName("pad"));

    public static final StructLayout kvm_msr_entry = structLayout(JAVA_INT.withName("index"),
            JAVA_INT.withName("reserved"), JAVA_LONG.withName("data"));

    /** The header; indices of 32 bits follow. */
    public static final StructLayout kvm_msr_list = structLayout(JAVA_INT.withName("nmsrs"));

    /** The header; entries of {@link #kvm_cpuid_entry2} follow. */
    public static final StructLayout kvm_cpuid2 = structLayout(JAVA_INT.withName("nent"), JAVA_INT.withName("padding"));

    public static final StructLayout kvm_cpuid_entry2 = structLayout(JAVA_INT.withName("function"),
            JAVA_INT.withName("index"), JAVA_INT.withName("flags"), JAVA_INT.withName("eax"), JAVA_INT.withName("ebx"),
            JAVA_INT.withName("ecx"), JAVA_INT.withName("edx"), sequenceLayout(3, JAVA_INT).withName("padding"));

    private KvmStructs() {}

    /** The path of a field: {@code cs.base}, {@code channels[0].count}. */
    public static PathElement[] path(String field) {
        return path(field, PathElement::sequenceElement);
    }

    /** The same for {@link java.lang.foreign.MemoryLayout#select}, which takes no index: all elements are alike. */
    public static PathElement[] layoutPath(String field) {
        return path(field, index -> PathElement.sequenceElement());
    }

    private static PathElement[] path(String field, LongFunction<PathElement> element) {
        String[] names = field.split("[.\\[]", -1);
        var path = new PathElement[names.length];
        for (int i = 0; i < names.length; i++) {
            path[i] = names[i].endsWith("]")
                    ? element.apply(Long.parseLong(names[i], 0, names[i].length() - 1, 10))
                    : PathElement.groupElement(names[i]);
        }
        return path;
    }
}
