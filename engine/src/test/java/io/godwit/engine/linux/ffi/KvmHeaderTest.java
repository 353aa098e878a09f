package io.godwit.engine.linux.ffi;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.StructLayout;
import org.junit.jupiter.api.Test;

/** The literals are what a C compiler makes of linux/kvm.h on x86-64. */
class KvmHeaderTest {

    @Test
    void systemRequestsAreThoseOfTheHeader() {
        assertThat(Kvm.KVM_GET_API_VERSION).isEqualTo(0xae00);
        assertThat(Kvm.KVM_CREATE_VM).isEqualTo(0xae01);
        assertThat(Kvm.KVM_GET_MSR_INDEX_LIST).isEqualTo(0xc004ae02L);
        assertThat(Kvm.KVM_CHECK_EXTENSION).isEqualTo(0xae03);
        assertThat(Kvm.KVM_GET_VCPU_MMAP_SIZE).isEqualTo(0xae04);
        assertThat(Kvm.KVM_GET_SUPPORTED_CPUID).isEqualTo(0xc008ae05L);
    }

    @Test
    void vmRequestsAreThoseOfTheHeader() {
        assertThat(Kvm.KVM_CREATE_VCPU).isEqualTo(0xae41);
        assertThat(Kvm.KVM_GET_DIRTY_LOG).isEqualTo(0x4010ae42);
        assertThat(Kvm.KVM_SET_USER_MEMORY_REGION).isEqualTo(0x4020ae46);
        assertThat(Kvm.KVM_SET_TSS_ADDR).isEqualTo(0xae47);
        assertThat(Kvm.KVM_SET_IDENTITY_MAP_ADDR).isEqualTo(0x4008ae48);
        assertThat(Kvm.KVM_CREATE_IRQCHIP).isEqualTo(0xae60);
        assertThat(Kvm.KVM_IRQ_LINE).isEqualTo(0x4008ae61);
        assertThat(Kvm.KVM_GET_IRQCHIP).isEqualTo(0xc208ae62L);
        assertThat(Kvm.KVM_SET_IRQCHIP).isEqualTo(0x8208ae63L);
        assertThat(Kvm.KVM_CREATE_PIT2).isEqualTo(0x4040ae77);
        assertThat(Kvm.KVM_SET_CLOCK).isEqualTo(0x4030ae7b);
        assertThat(Kvm.KVM_GET_CLOCK).isEqualTo(0x8030ae7cL);
        assertThat(Kvm.KVM_GET_PIT2).isEqualTo(0x8070ae9fL);
        assertThat(Kvm.KVM_SET_PIT2).isEqualTo(0x4070aea0);
        assertThat(Kvm.KVM_ENABLE_CAP).isEqualTo(0x4068aea3);
        assertThat(Kvm.KVM_CLEAR_DIRTY_LOG).isEqualTo(0xc018aec0L);
    }

    @Test
    void vcpuRequestsAreThoseOfTheHeader() {
        assertThat(Kvm.KVM_RUN).isEqualTo(0xae80);
        assertThat(Kvm.KVM_GET_REGS).isEqualTo(0x8090ae81L);
        assertThat(Kvm.KVM_SET_REGS).isEqualTo(0x4090ae82);
        assertThat(Kvm.KVM_GET_SREGS).isEqualTo(0x8138ae83L);
        assertThat(Kvm.KVM_SET_SREGS).isEqualTo(0x4138ae84);
        assertThat(Kvm.KVM_GET_MSRS).isEqualTo(0xc008ae88L);
        assertThat(Kvm.KVM_SET_MSRS).isEqualTo(0x4008ae89);
        assertThat(Kvm.KVM_GET_FPU).isEqualTo(0x81a0ae8cL);
        assertThat(Kvm.KVM_SET_FPU).isEqualTo(0x41a0ae8d);
        assertThat(Kvm.KVM_GET_LAPIC).isEqualTo(0x8400ae8eL);
        assertThat(Kvm.KVM_SET_LAPIC).isEqualTo(0x4400ae8f);
        assertThat(Kvm.KVM_SET_CPUID2).isEqualTo(0x4008ae90);
        assertThat(Kvm.KVM_GET_MP_STATE).isEqualTo(0x8004ae98L);
        assertThat(Kvm.KVM_SET_MP_STATE).isEqualTo(0x4004ae99);
        assertThat(Kvm.KVM_GET_VCPU_EVENTS).isEqualTo(0x8040ae9fL);
        assertThat(Kvm.KVM_SET_VCPU_EVENTS).isEqualTo(0x4040aea0);
        assertThat(Kvm.KVM_GET_DEBUGREGS).isEqualTo(0x8080aea1L);
        assertThat(Kvm.KVM_SET_DEBUGREGS).isEqualTo(0x4080aea2);
        assertThat(Kvm.KVM_GET_XSAVE).isEqualTo(0x9000aea4L);
        assertThat(Kvm.KVM_SET_XSAVE).isEqualTo(0x5000aea5);
        assertThat(Kvm.KVM_GET_XCRS).isEqualTo(0x8188aea6L);
        assertThat(Kvm.KVM_SET_XCRS).isEqualTo(0x4188aea7);
    }

    @Test
    void structsHaveTheirSizes() {
        assertThat(KvmStructs.kvm_userspace_memory_region.byteSize()).isEqualTo(32);
        assertThat(KvmStructs.kvm_segment.byteSize()).isEqualTo(24);
        assertThat(KvmStructs.kvm_dtable.byteSize()).isEqualTo(16);
        assertThat(KvmStructs.kvm_sregs.byteSize()).isEqualTo(312);
        assertThat(KvmStructs.kvm_regs.byteSize()).isEqualTo(144);
        assertThat(KvmStructs.kvm_pic_state.byteSize()).isEqualTo(16);
        assertThat(KvmStructs.kvm_irqchip.byteSize()).isEqualTo(520);
        assertThat(KvmStructs.kvm_pit_channel_state.byteSize()).isEqualTo(24);
        assertThat(KvmStructs.kvm_pit_state2.byteSize()).isEqualTo(112);
        assertThat(KvmStructs.kvm_pit_config.byteSize()).isEqualTo(64);
        assertThat(KvmStructs.kvm_clock_data.byteSize()).isEqualTo(48);
        assertThat(KvmStructs.kvm_irq_level.byteSize()).isEqualTo(8);
        assertThat(KvmStructs.kvm_dirty_log.byteSize()).isEqualTo(16);
        assertThat(KvmStructs.kvm_clear_dirty_log.byteSize()).isEqualTo(24);
        assertThat(KvmStructs.kvm_enable_cap.byteSize()).isEqualTo(104);
        assertThat(KvmStructs.kvm_msrs.byteSize()).isEqualTo(8);
        assertThat(KvmStructs.kvm_msr_entry.byteSize()).isEqualTo(16);
        assertThat(KvmStructs.kvm_cpuid2.byteSize()).isEqualTo(8);
        assertThat(KvmStructs.kvm_cpuid_entry2.byteSize()).isEqualTo(40);
    }

    @Test
    void fieldsAreWhereTheCompilerPutsThem() {
        assertOffset(KvmStructs.kvm_userspace_memory_region, "guest_phys_addr", 8);
        assertOffset(KvmStructs.kvm_userspace_memory_region, "memory_size", 16);
        assertOffset(KvmStructs.kvm_userspace_memory_region, "userspace_addr", 24);
        assertOffset(KvmStructs.kvm_sregs, "tr", 144);
        assertOffset(KvmStructs.kvm_sregs, "ldt", 168);
        assertOffset(KvmStructs.kvm_sregs, "gdt", 192);
        assertOffset(KvmStructs.kvm_sregs, "idt.limit", 216);
        assertOffset(KvmStructs.kvm_sregs, "cs.selector", 12);
        assertOffset(KvmStructs.kvm_sregs, "cr0", 224);
        assertOffset(KvmStructs.kvm_sregs, "cr4", 248);
        assertOffset(KvmStructs.kvm_sregs, "efer", 264);
        assertOffset(KvmStructs.kvm_sregs, "apic_base", 272);
        assertOffset(KvmStructs.kvm_regs, "rdx", 24);
        assertOffset(KvmStructs.kvm_regs, "rip", 128);
        assertOffset(KvmStructs.kvm_regs, "rflags", 136);
        assertOffset(KvmStructs.kvm_irqchip, "pic.imr", 10);
        assertOffset(KvmStructs.kvm_irqchip, "pic.irq_base", 13);
        assertOffset(KvmStructs.kvm_irqchip, "pic.init4", 21);
        assertOffset(KvmStructs.kvm_irqchip, "pic.elcr", 22);
        assertOffset(KvmStructs.kvm_pit_state2, "flags", 72);
        assertOffset(KvmStructs.kvm_pit_state2, "channels[1].rw_mode", 36);
        assertOffset(KvmStructs.kvm_pit_state2, "channels[0].mode", 13);
        assertOffset(KvmStructs.kvm_pit_state2, "channels[0].gate", 15);
        assertOffset(KvmStructs.kvm_pit_state2, "channels[0].count_load_time", 16);
        assertOffset(KvmStructs.kvm_clock_data, "flags", 8);
        assertOffset(KvmStructs.kvm_dirty_log, "dirty_bitmap", 8);
        assertOffset(KvmStructs.kvm_clear_dirty_log, "num_pages", 4);
        assertOffset(KvmStructs.kvm_clear_dirty_log, "dirty_bitmap", 16);
        assertOffset(KvmStructs.kvm_enable_cap, "args[0]", 8);
        assertOffset(KvmStructs.kvm_msr_entry, "data", 8);
        assertOffset(KvmStructs.kvm_cpuid_entry2, "ebx", 16);
        assertOffset(KvmStructs.kvm_cpuid_entry2, "edx", 24);
        assertThat(KvmRun.offsetof_io_data_offset).isEqualTo(40);
        assertThat(KvmRun.offsetof_io_count).isEqualTo(36);
        assertThat(KvmRun.offsetof_mmio_data).isEqualTo(40);
        assertThat(KvmRun.offsetof_mmio_is_write).isEqualTo(52);
    }

    private static void assertOffset(StructLayout struct, String field, long offset) {
        assertThat(struct.byteOffset(KvmStructs.path(field))).as(field).isEqualTo(offset);
    }
}
