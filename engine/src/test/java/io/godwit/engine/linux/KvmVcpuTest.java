package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.guest.kvm.KvmPeer;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KvmVcpuTest {
    private KvmSystem system;
    private KvmVm vm;
    private KvmVcpu vcpu;

    @SuppressWarnings("NullAway.Init")
    KvmVcpuTest() {}

    @BeforeEach
    void create() throws IOException {
        KvmPeer.require();
        system = KvmSystem.open();
        vm = system.createVm();
        vm.createInterruptControllersAndTimer();
        vcpu = vm.createVcpu(0);
    }

    @AfterEach
    void close() {
        vcpu.close();
        vm.close();
        system.close();
    }

    @Test
    void everyPartOfTheStateIsTakenBackAsItWasGiven() throws IOException {
        for (KvmRegisters part : KvmRegisters.values()) {
            byte[] state = vcpu.get(part);
            assertThat(state).hasSize(part.byteSize());
            vcpu.set(part, state);
            assertThat(vcpu.get(part)).as(part.fieldName()).isEqualTo(state);
        }
    }

    @Test
    void msrsAreTakenBack() throws IOException {
        assertThat(vcpu.msrs().indices()).hasSizeGreaterThan(10).doesNotHaveDuplicates();
        vcpu.msrs().set(vcpu.msrs().indices(), vcpu.msrs().values());
    }

    @Test
    void unknownMsrIsNamed() {
        assertThatThrownBy(() -> vcpu.msrs().set(new int[]{0x10, 0x12345678}, new long[]{0, 1}))
                .isInstanceOf(IOException.class).hasMessage("KVM: set MSR 0x12345678 to 0x1: refused");
    }

    @Test
    void refusedStateIsNamed() throws IOException {
        byte[] sregs = vcpu.get(KvmRegisters.SREGS);
        KvmStruct.sregs(sregs).set("cr0", -1L);
        assertThatThrownBy(() -> vcpu.set(KvmRegisters.SREGS, sregs)).isInstanceOf(ErrnoException.class)
                .hasMessage("KVM: set vCPU 0's sregs: Invalid argument");
        byte[] mpState = new byte[4];
        Arrays.fill(mpState, (byte) 0x7f);
        assertThatThrownBy(() -> vcpu.set(KvmRegisters.MP_STATE, mpState)).isInstanceOf(ErrnoException.class)
                .hasMessageContaining("mp_state");
    }

    @Test
    void stateOfTheWrongSizeIsRefusedBeforeTheKernelSeesIt() {
        assertThatThrownBy(() -> vcpu.set(KvmRegisters.REGS, new byte[3])).isInstanceOf(IOException.class)
                .hasMessage("KVM: set vCPU 0's regs: 3 bytes, expected 144");
    }

    @Test
    void requestedExitInterruptsTheNextRun() throws IOException {
        vcpu.requestExit(true);
        assertThat(vcpu.run()).isEqualTo(KvmVcpu.Outcome.INTERRUPTED);
        assertThat(vcpu.run()).isEqualTo(KvmVcpu.Outcome.INTERRUPTED);
    }

    @Test
    void nothingWorksAfterClose() {
        vcpu.close();
        vcpu.close();
        assertThatThrownBy(() -> vcpu.run()).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> vcpu.get(KvmRegisters.REGS)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void fieldsOfAStructAreNamed() throws IOException {
        KvmStruct pit = KvmStruct.pit(vm.pit());
        assertThat(pit.set("channels[2].count", 0x12345).get("channels[2].count")).isEqualTo(0x12345);
        assertThatThrownBy(() -> pit.get("channels")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> pit.get("nonsense")).isInstanceOf(IllegalArgumentException.class);
    }
}
