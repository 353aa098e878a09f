package io.godwit.engine.guest.held;

import io.godwit.engine.guest.Arrival;
import io.godwit.engine.guest.IncompatibleStreamException;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.DeviceTail;
import io.godwit.protocol.stream.DeviceTailCollector;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.PackagedDevices;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.WireInput;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A guest of whatever machine on its way into a held one. Owns its RAM until it is settled. */
final class HeldArrival implements Arrival {
    private final HeldGuest guest;
    private final HeldRam.Kind kind;
    private final long mostBytes;
    private @Nullable Configuration configuration;
    private int ramSectionId;
    private @Nullable HeldRam ram;
    private @Nullable DeviceTail tail;
    private @Nullable Contents whole;

    HeldArrival(HeldGuest guest, HeldRam.Kind kind, long mostBytes) {
        this.guest = guest;
        this.kind = kind;
        this.mostBytes = mostBytes;
    }

    /** Any machine is welcome: what its devices mean is nothing to us. */
    @Override
    public void expect(Configuration machine) throws IOException {
        if (!machine.machineType().chars().allMatch(c -> c > ' ' && c <= '~')) {
            throw new MalformedStreamException("the machine type is not printable ASCII");
        }
        configuration = machine;
    }

    @Override
    public List<? extends RamBlock> blocks(int section, List<RamBlockEntry> entries) throws IOException {
        Configuration machine = configuration;
        if (machine == null || ram != null) {
            throw new IllegalStateException("blocks come once, after the configuration");
        }
        if (entries.isEmpty()) {
            throw new MalformedStreamException("the stream lists no RAM block");
        }
        long total = entries.stream().mapToLong(RamBlockEntry::lengthBytes).sum();
        if (total > mostBytes) {
            throw new IncompatibleStreamException(
                    "the stream brings %d bytes of RAM, at most %d may come (-m); nothing was allocated"
                            .formatted(total, mostBytes));
        }
        ramSectionId = section;
        HeldRam begun = kind.begin(machine, section, entries);
        ram = begun;
        return begun.blocks();
    }

    @Override
    public void devices(WireInput in, CommandHandler commands) throws IOException {
        tail = DeviceTailCollector.collect(in,
                () -> commands.handle(new StreamCommand.Ping(StreamCommand.Ping.LOADED)));
        tail.runState(); // a state that cannot be told is refused now, not when somebody asks for it
    }

    @Override
    public void devices(PackageInput in, CommandHandler commands) throws IOException {
        var packaged = new PackagedDevices(in.bytes(in.remaining()));
        for (StreamCommand command : packaged.commands()) {
            commands.handle(command);
        }
        tail = packaged.tail();
        tail.runState();
    }

    @Override
    public void finish() throws IOException {
        Configuration machine = configuration;
        HeldRam arrived = ram;
        DeviceTail state = tail;
        if (machine == null || arrived == null || state == null) {
            throw new IllegalStateException("the guest has not come whole");
        }
        var contents = new Contents(machine, ramSectionId, arrived, state);
        arrived.finish(contents.devices());
        whole = contents;
    }

    /** It stands still here, whatever it was at its source; that goes on with it in its device state. */
    @Override
    public RunState settle() {
        guest.replace(Objects.requireNonNull(whole, "finished"));
        ram = null;
        return RunState.PAUSED;
    }

    @Override
    public void close() {
        HeldRam left = ram;
        ram = null;
        if (left != null) {
            left.close();
        }
    }
}
