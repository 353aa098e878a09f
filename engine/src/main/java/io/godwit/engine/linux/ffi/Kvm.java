package io.godwit.engine.linux.ffi;

import static io.godwit.engine.linux.ffi.Ioctl._IO;
import static io.godwit.engine.linux.ffi.Ioctl._IOR;
import static io.godwit.engine.linux.ffi.Ioctl._IOW;
import static io.godwit.engine.linux.ffi.Ioctl._IOWR;

/** Numbers of linux/kvm.h and asm/kvm.h for x86-64. All requests go through {@link Ioctl}. */
public final class Kvm {
    public static final int KVM_API_VERSION = 12;

    // Sizes of structs that are handed through as they are.
    public static final int sizeof_kvm_fpu = 416;
    public static final int sizeof_kvm_xsave = 4096;
    public static final int sizeof_kvm_xcrs = 392;
    public static final int sizeof_kvm_debugregs = 128;
    public static final int sizeof_kvm_lapic_state = 1024;
    public static final int sizeof_kvm_vcpu_events = 64;
    public static final int sizeof_kvm_mp_state = 4;

    private static final int KVMIO = 0xae;

    // Requests to /dev/kvm.
    public static final long KVM_GET_API_VERSION = _IO(KVMIO, 0x00);
    public static final long KVM_CREATE_VM = _IO(KVMIO, 0x01);
    public static final long KVM_GET_MSR_INDEX_LIST = _IOWR(KVMIO, 0x02, KvmStructs.kvm_msr_list.byteSize());
    public static final long KVM_CHECK_EXTENSION = _IO(KVMIO, 0x03);
    public static final long KVM_GET_VCPU_MMAP_SIZE = _IO(KVMIO, 0x04);
    public static final long KVM_GET_SUPPORTED_CPUID = _IOWR(KVMIO, 0x05, KvmStructs.kvm_cpuid2.byteSize());

    // Requests to a VM.
    public static final long KVM_CREATE_VCPU = _IO(KVMIO, 0x41);
    public static final long KVM_GET_DIRTY_LOG = _IOW(KVMIO, 0x42, KvmStructs.kvm_dirty_log.byteSize());
    public static final long KVM_SET_USER_MEMORY_REGION = _IOW(KVMIO, 0x46,
            KvmStructs.kvm_userspace_memory_region.byteSize());
    public static final long KVM_SET_TSS_ADDR = _IO(KVMIO, 0x47);
    public static final long KVM_SET_IDENTITY_MAP_ADDR = _IOW(KVMIO, 0x48, Long.BYTES);
    public static final long KVM_CREATE_IRQCHIP = _IO(KVMIO, 0x60);
    public static final long KVM_IRQ_LINE = _IOW(KVMIO, 0x61, KvmStructs.kvm_irq_level.byteSize());
    public static final long KVM_GET_IRQCHIP = _IOWR(KVMIO, 0x62, KvmStructs.kvm_irqchip.byteSize());
    /** Not a slip: the header declares it as a request that reads. */
    public static final long KVM_SET_IRQCHIP = _IOR(KVMIO, 0x63, KvmStructs.kvm_irqchip.byteSize());
    public static final long KVM_CREATE_PIT2 = _IOW(KVMIO, 0x77, KvmStructs.kvm_pit_config.byteSize());
    public static final long KVM_SET_CLOCK = _IOW(KVMIO, 0x7b, KvmStructs.kvm_clock_data.byteSize());
    public static final long KVM_GET_CLOCK = _IOR(KVMIO, 0x7c, KvmStructs.kvm_clock_data.byteSize());
    public static final long KVM_GET_PIT2 = _IOR(KVMIO, 0x9f, KvmStructs.kvm_pit_state2.byteSize());
    public static final long KVM_SET_PIT2 = _IOW(KVMIO, 0xa0, KvmStructs.kvm_pit_state2.byteSize());
    public static final long KVM_ENABLE_CAP = _IOW(KVMIO, 0xa3, KvmStructs.kvm_enable_cap.byteSize());
    public static final long KVM_CLEAR_DIRTY_LOG = _IOWR(KVMIO, 0xc0, KvmStructs.kvm_clear_dirty_log.byteSize());

    // Requests to a vCPU.
    public static final long KVM_RUN = _IO(KVMIO, 0x80);
    public static final long KVM_GET_REGS = _IOR(KVMIO, 0x81, KvmStructs.kvm_regs.byteSize());
    public static final long KVM_SET_REGS = _IOW(KVMIO, 0x82, KvmStructs.kvm_regs.byteSize());
    public static final long KVM_GET_SREGS = _IOR(KVMIO, 0x83, KvmStructs.kvm_sregs.byteSize());
    public static final long KVM_SET_SREGS = _IOW(KVMIO, 0x84, KvmStructs.kvm_sregs.byteSize());
    public static final long KVM_GET_MSRS = _IOWR(KVMIO, 0x88, KvmStructs.kvm_msrs.byteSize());
    public static final long KVM_SET_MSRS = _IOW(KVMIO, 0x89, KvmStructs.kvm_msrs.byteSize());
    public static final long KVM_GET_FPU = _IOR(KVMIO, 0x8c, sizeof_kvm_fpu);
    public static final long KVM_SET_FPU = _IOW(KVMIO, 0x8d, sizeof_kvm_fpu);
    public static final long KVM_GET_LAPIC = _IOR(KVMIO, 0x8e, sizeof_kvm_lapic_state);
    public static final long KVM_SET_LAPIC = _IOW(KVMIO, 0x8f, sizeof_kvm_lapic_state);
    public static final long KVM_SET_CPUID2 = _IOW(KVMIO, 0x90, KvmStructs.kvm_cpuid2.byteSize());
    public static final long KVM_GET_MP_STATE = _IOR(KVMIO, 0x98, sizeof_kvm_mp_state);
    public static final long KVM_SET_MP_STATE = _IOW(KVMIO, 0x99, sizeof_kvm_mp_state);
    public static final long KVM_GET_VCPU_EVENTS = _IOR(KVMIO, 0x9f, sizeof_kvm_vcpu_events);
    public static final long KVM_SET_VCPU_EVENTS = _IOW(KVMIO, 0xa0, sizeof_kvm_vcpu_events);
    public static final long KVM_GET_DEBUGREGS = _IOR(KVMIO, 0xa1, sizeof_kvm_debugregs);
    public static final long KVM_SET_DEBUGREGS = _IOW(KVMIO, 0xa2, sizeof_kvm_debugregs);
    public static final long KVM_GET_XSAVE = _IOR(KVMIO, 0xa4, sizeof_kvm_xsave);
    public static final long KVM_SET_XSAVE = _IOW(KVMIO, 0xa5, sizeof_kvm_xsave);
    public static final long KVM_GET_XCRS = _IOR(KVMIO, 0xa6, sizeof_kvm_xcrs);
    public static final long KVM_SET_XCRS = _IOW(KVMIO, 0xa7, sizeof_kvm_xcrs);

    public static final int KVM_CAP_IRQCHIP = 0;
    public static final int KVM_CAP_USER_MEMORY = 3;
    public static final int KVM_CAP_SET_TSS_ADDR = 4;
    public static final int KVM_CAP_EXT_CPUID = 7;
    public static final int KVM_CAP_NR_VCPUS = 9;
    public static final int KVM_CAP_MP_STATE = 14;
    public static final int KVM_CAP_PIT2 = 33;
    public static final int KVM_CAP_PIT_STATE2 = 35;
    public static final int KVM_CAP_SET_IDENTITY_MAP_ADDR = 37;
    public static final int KVM_CAP_ADJUST_CLOCK = 39;
    public static final int KVM_CAP_VCPU_EVENTS = 41;
    public static final int KVM_CAP_DEBUGREGS = 50;
    public static final int KVM_CAP_XSAVE = 55;
    public static final int KVM_CAP_XCRS = 56;
    public static final int KVM_CAP_MAX_VCPUS = 66;
    public static final int KVM_CAP_IMMEDIATE_EXIT = 136;
    public static final int KVM_CAP_MANUAL_DIRTY_LOG_PROTECT2 = 168;

    public static final int KVM_MEM_LOG_DIRTY_PAGES = 1;
    public static final int KVM_DIRTY_LOG_MANUAL_PROTECT_ENABLE = 1;
    /** The VMM wants port 0x61 to be answered in the kernel. */
    public static final int KVM_PIT_SPEAKER_DUMMY = 1;

    public static final int KVM_IRQCHIP_PIC_MASTER = 0;
    public static final int KVM_IRQCHIP_PIC_SLAVE = 1;
    public static final int KVM_IRQCHIP_IOAPIC = 2;

    public static final int KVM_EXIT_IO = 2;
    public static final int KVM_EXIT_HLT = 5;
    public static final int KVM_EXIT_MMIO = 6;
    public static final int KVM_EXIT_IRQ_WINDOW_OPEN = 7;
    public static final int KVM_EXIT_SHUTDOWN = 8;
    public static final int KVM_EXIT_FAIL_ENTRY = 9;
    public static final int KVM_EXIT_INTR = 10;
    public static final int KVM_EXIT_INTERNAL_ERROR = 17;
    public static final int KVM_EXIT_SYSTEM_EVENT = 24;
    public static final int KVM_EXIT_IO_OUT = 1;

    private Kvm() {}
}
