package io.godwit.engine.guest.kvm;

import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.guest.Device;
import io.godwit.engine.linux.KvmExit;
import io.godwit.engine.linux.KvmIrqchip;
import io.godwit.engine.linux.KvmSystem;
import io.godwit.engine.linux.KvmVcpu;
import io.godwit.engine.linux.KvmVm;
import io.godwit.engine.ram.MemoryBlock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The hardware. Owns KVM's objects, from /dev/kvm to the vCPUs with their threads, and gives them back in reverse order. */
final class KvmMachine implements AutoCloseable {

    /** What a vCPU's thread asks for, beyond the hardware. See {@link VcpuThread.Machine}. */
    interface Requests {
        void resetRequested();

        void crashed(String reason);
    }

    private static final Logger LOG = LoggerFactory.getLogger(KvmMachine.class);

    private final Owned owned = new Owned();
    private final KvmVm vm;
    private final MemorySlots memory;
    private final Uart uart;
    private final FreePages freePages;
    private final long ramPages;
    private final List<KvmVcpu> cpus = new ArrayList<>();
    private final List<VcpuThread> vcpus = new ArrayList<>();
    private final BootState bootState;
    private final Throttle throttle;
    private final List<Device> devices;

    /** All is lent. */
    KvmMachine(MemoryBlock ram, int cpuCount, SerialLine serial, FreePages freePages, Requests requests)
            throws IOException {
        this.freePages = freePages;
        ramPages = ram.pages();
        try {
            KvmSystem system = own(KvmSystem.open(), KvmSystem::close);
            if (cpuCount > system.maxVcpus()) {
                throw new IOException("vCPUs: " + cpuCount + ", this host's KVM has at most " + system.maxVcpus());
            }
            vm = own(system.createVm(), KvmVm::close);
            vm.createInterruptControllersAndTimer();
            vm.protectDirtyPagesManually();
            memory = own(new MemorySlots(vm, ram), MemorySlots::close);
            uart = new Uart(serial::send, high -> vm.setIrqLine(Uart.IRQ, high));
            for (int i = 0; i < cpuCount; i++) {
                cpus.add(own(vm.createVcpu(i), KvmVcpu::close));
            }
            bootState = new BootState(vm, cpus, BootImage.ADDRESS);
            Ports ports = new Ports(uart, new FreePagePorts(ram, freePages));
            for (KvmVcpu cpu : cpus) {
                vcpus.add(own(new VcpuThread(cpu, new Hardware(ports, requests)), VcpuThread::close));
            }
            throttle = own(new Throttle(vcpus), Throttle::close);
            devices = listDevices();
            serial.onInput(this::receive);
        } catch (Throwable t) {
            owned.close();
            throw t;
        }
    }

    private <T> T own(T thing, Consumer<T> close) {
        return owned.add(thing, () -> close.accept(thing));
    }

    /** In the order in which they must be loaded: a vCPU's timers look at the clock, the UART at the PIC. */
    private List<Device> listDevices() {
        List<Device> all = new ArrayList<>();
        cpus.forEach(cpu -> all.add(new CpuDevice(cpu)));
        for (KvmIrqchip chip : KvmIrqchip.values()) {
            all.add(new IrqchipDevice(vm, chip));
        }
        all.add(new PitDevice(vm));
        all.add(new ClockDevice(vm));
        all.add(new UartDevice(uart));
        all.add(new BalloonDevice(freePages.balloon(), ramPages));
        return List.copyOf(all);
    }

    MemorySlots memory() {
        return memory;
    }

    List<VcpuThread> vcpus() {
        return vcpus;
    }

    List<Device> devices() {
        return devices;
    }

    Throttle throttle() {
        return throttle;
    }

    /** Returns when every vCPU stands. */
    void stop() {
        vcpus.forEach(VcpuThread::requestStop);
        vcpus.forEach(VcpuThread::awaitStanding);
    }

    /** Everything as new. The vCPUs stand still. */
    void powerOn() throws IOException {
        bootState.applyTo(vm, cpus);
        uart.reset();
        freePages.balloon().hold(0);
        vcpus.forEach(VcpuThread::forgetCrash);
    }

    private void receive(int value) {
        try {
            uart.receive(value);
        } catch (IOException e) {
            LOG.warn("COM1: input is lost: {}", e.getMessage());
        }
    }

    @Override
    public void close() {
        owned.close();
    }

    private record Hardware(Ports ports, Requests requests) implements VcpuThread.Machine {
        @Override
        public Ports.Request access(KvmExit exit) throws IOException {
            return ports.access(exit);
        }

        @Override
        public void resetRequested() {
            requests.resetRequested();
        }

        @Override
        public void crashed(String reason) {
            requests.crashed(reason);
        }
    }
}
