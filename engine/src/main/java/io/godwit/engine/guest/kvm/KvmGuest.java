package io.godwit.engine.guest.kvm;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.freepages.FreePages;
import io.godwit.engine.guest.Device;
import io.godwit.engine.guest.DirtyLog;
import io.godwit.engine.guest.NativeGuest;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A guest on /dev/kvm. Owns its RAM, its serial line, the VM, and the vCPUs with their threads. A guest that asks for a reset
 * gets it, also while it is being paused: a pause returns with the reset done, never with one to come.
 */
public final class KvmGuest implements NativeGuest {
    /** Most vCPUs. */
    public static final int MAX_CPUS = 16;

    private static final Logger LOG = LoggerFactory.getLogger(KvmGuest.class);

    /** What the guest does of its own accord. Called from a vCPU's thread or from {@link Guest#pause}, no lock held. */
    public interface Listener {
        /** A vCPU cannot go on; the others still run. It stands until the guest is reset. */
        void crashed(String reason);

        /** The guest reset itself, and goes on if it ran. */
        void reset();
    }

    private final MemoryBlock ram;
    private final BootImage image;
    private final boolean incoming;
    private final SerialLine serial;
    private final Listener listener;
    private final KvmMachine machine;
    private final OwnWrites ownWrites;
    private final FreePages freePages;

    /** Guards whether it runs, and resets. Not held while anybody outside is called. */
    private final ReentrantLock life = new ReentrantLock();
    private boolean running;
    private boolean closed;
    private boolean logging;

    private KvmGuest(MemoryBlock ram, int cpus, BootImage image, SerialLine serial, boolean incoming,
            Listener listener) throws IOException {
        this.ram = ram;
        this.image = image;
        this.incoming = incoming;
        this.serial = serial;
        this.listener = listener;
        ownWrites = new OwnWrites(ram);
        freePages = new FreePages(new FreePageHints(List.of(ram), () -> {}),
                new FreePageReporting(List.of(ram), this::givenBack), new Balloon(ram.pages(), () -> {}));
        machine = new KvmMachine(ram, cpus, serial, freePages, new Requests());
    }

    /**
     * Makes a guest that stands still at its first instruction or, when {@code incoming}, waits for its state: its RAM is
     * not touched then. Takes ownership of {@code ram} and {@code serial}, also when it fails.
     *
     * @param cpus 1 to {@link #MAX_CPUS}
     * @param image what starts at the beginning, and after a reset
     * @throws IOException naming what this host's KVM lacks or refused
     */
    public static KvmGuest create(MemoryBlock ram, int cpus, BootImage image, SerialLine serial, boolean incoming,
            Listener listener) throws IOException {
        try {
            if (cpus < 1 || cpus > MAX_CPUS) {
                throw new IOException("vCPUs: " + cpus + ", expected 1 to " + MAX_CPUS);
            }
            return open(ram, cpus, image, serial, incoming, listener);
        } catch (Throwable t) {
            serial.close();
            ram.close();
            throw t;
        }
    }

    private static KvmGuest open(MemoryBlock ram, int cpus, BootImage image, SerialLine serial, boolean incoming,
            Listener listener) throws IOException {
        KvmGuest guest = new KvmGuest(ram, cpus, image, serial, incoming, listener);
        try {
            if (!incoming) {
                guest.powerOn();
            }
            return guest;
        } catch (Throwable t) {
            guest.machine.close();
            throw t;
        }
    }

    @Override
    public String machineType() {
        return "godwit-kvm-1";
    }

    @Override
    public List<MemoryBlock> ram() {
        return List.of(ram);
    }

    @Override
    public List<Device> devices() {
        return machine.devices();
    }

    @Override
    public List<Integer> cpuThreadIds() {
        return machine.vcpus().stream().map(VcpuThread::threadId).toList();
    }

    @Override
    public void pause() {
        boolean wasReset;
        life.lock();
        try {
            wasReset = stopAndReset();
            running = false;
        } finally {
            life.unlock();
        }
        serial.flush(); // nobody who takes the guest over from here speaks into its last words
        if (wasReset) {
            listener.reset();
        }
    }

    /** What COM1 is connected to; lent. */
    public SerialLine serial() {
        return serial;
    }

    @Override
    public void askToPause() {
        life.lock();
        try {
            machine.vcpus().forEach(VcpuThread::requestStop);
            running = false;
        } finally {
            life.unlock();
        }
    }

    @Override
    public void resume() {
        life.lock();
        try {
            if (!running && !closed) {
                running = true;
                machine.vcpus().forEach(VcpuThread::go);
            }
        } finally {
            life.unlock();
        }
    }

    @Override
    public void reset() throws IOException {
        life.lock();
        try {
            if (running) {
                throw new IllegalStateException("reset of a guest that runs");
            }
            machine.vcpus().forEach(VcpuThread::takeResetRequest);
            powerOn();
        } finally {
            life.unlock();
        }
    }

    @Override
    public DirtyLog startDirtyLog() throws IOException {
        life.lock();
        try {
            if (logging) {
                throw new IllegalStateException("there is a dirty log already");
            }
            DirtyLog log = new KvmDirtyLog(ram, machine.memory(), ownWrites, this::dirtyLogClosed);
            logging = true;
            return log;
        } finally {
            life.unlock();
        }
    }

    private void dirtyLogClosed() {
        life.lock();
        try {
            logging = false;
        } finally {
            life.unlock();
        }
    }

    @Override
    public Optional<FreePages> freePages() {
        return Optional.of(freePages);
    }

    private void givenBack(MemoryBlock block, long first, long pages) {
        ownWrites.note(first * RamBlock.PAGE_SIZE, pages * RamBlock.PAGE_SIZE);
    }

    @Override
    public void throttle(int percent) {
        machine.throttle().set(percent);
    }

    /** {@inheritDoc} Progress is the number of heartbeats. */
    @Override
    public Verification verify() throws IOException {
        return new HeartbeatVerifier(ram, incoming ? Optional.empty() : Optional.of(image)).verify();
    }

    /** With the lock held. Returns whether a vCPU had asked for a reset, which is done then. */
    private boolean stopAndReset() {
        machine.stop();
        boolean wanted = false;
        for (VcpuThread vcpu : machine.vcpus()) {
            wanted |= vcpu.takeResetRequest();
        }
        if (wanted) {
            try {
                powerOn();
                LOG.info("the guest reset itself");
            } catch (IOException e) {
                throw new IllegalStateException("the guest's reset failed", e);
            }
        }
        return wanted;
    }

    /** The machine as new and the program in its place. Everything stands still. */
    private void powerOn() throws IOException {
        machine.powerOn();
        byte[] bytes = image.bytes();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment copy = arena.allocate(bytes.length);
            copy.copyFrom(MemorySegment.ofArray(bytes));
            ownWrites.note(BootImage.ADDRESS, bytes.length);
            ram.memory().copyFrom(BootImage.ADDRESS, copy, 0, bytes.length);
        }
    }

    /** What the vCPUs' threads ask for. */
    private final class Requests implements KvmMachine.Requests {
        @Override
        public void resetRequested() {
            boolean wasReset;
            life.lock();
            try {
                if (!running || closed) {
                    return; // whoever stopped it meanwhile has done the reset
                }
                wasReset = stopAndReset();
                machine.vcpus().forEach(VcpuThread::go);
            } finally {
                life.unlock();
            }
            if (wasReset) {
                listener.reset();
            }
        }

        @Override
        public void crashed(String reason) {
            LOG.error("the guest crashed: {}", reason);
            listener.crashed(reason);
        }
    }

    /** {@inheritDoc} Not from a {@link Listener}: it waits for the thread that calls. */
    @Override
    public void close() {
        life.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            running = false;
        } finally {
            life.unlock();
        }
        machine.stop();
        serial.close(); // after the guest's last output, before what its input goes to is gone
        machine.close();
        ram.close();
    }
}
