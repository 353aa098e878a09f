package io.godwit.engine.guest;

import io.godwit.engine.ram.MemoryBlock;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.VmDescription;
import io.godwit.protocol.stream.WireInput;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The arrival of a guest in one that waits for it here: the same machine, the same RAM, the same devices. */
final class NativeArrival implements Arrival {
    private static final Logger LOG = LoggerFactory.getLogger(NativeArrival.class);

    private final NativeGuest guest;
    private final GlobalState globalState = new GlobalState(RunState.RUNNING);
    private final DeviceLoader devices;

    NativeArrival(NativeGuest guest) {
        this.guest = guest;
        List<Device> expected = new ArrayList<>();
        expected.add(globalState);
        expected.addAll(guest.devices());
        devices = new DeviceLoader(expected);
    }

    @Override
    public void expect(Configuration configuration) throws IOException {
        if (!configuration.machineType().equals(guest.machineType())) {
            throw new IncompatibleStreamException("Machine type received is '%s' and local is '%s'"
                    .formatted(configuration.machineType(), guest.machineType()));
        }
    }

    @Override
    public List<MemoryBlock> blocks(int ramSectionId, List<RamBlockEntry> entries) throws IOException {
        var missing = new ArrayList<>(guest.ram());
        var found = new ArrayList<MemoryBlock>();
        for (RamBlockEntry entry : entries) {
            MemoryBlock block = missing.stream().filter(own -> own.name().equals(entry.name())).findFirst()
                    .orElseThrow(() -> new MalformedStreamException("unknown RAM block '" + entry.name() + "'"));
            if (entry.lengthBytes() != block.byteSize()) {
                throw new IncompatibleStreamException(
                        "Size mismatch: %s: the source has 0x%x bytes, this guest 0x%x: start both with the same -m"
                                .formatted(entry.name(), entry.lengthBytes(), block.byteSize()));
            }
            missing.remove(block);
            found.add(block);
        }
        if (!missing.isEmpty()) {
            throw new IncompatibleStreamException(
                    "the source has no RAM block " + missing.stream().map(MemoryBlock::name).toList());
        }
        return found;
    }

    @Override
    public void devices(WireInput in, CommandHandler commands) throws IOException {
        SectionType type = SectionType.FULL;
        while (type != SectionType.EOF) {
            switch (type) {
                case FULL -> devices.load(SectionHeader.read(in), in);
                case COMMAND -> commands.handle(StreamCommand.read(in));
                case START, PART, END, EOF, SUBSECTION, VMDESCRIPTION, CONFIGURATION, FOOTER ->
                    throw new MalformedStreamException(
                            "section " + type + " at byte " + in.position() + " is out of place");
            }
            type = SectionType.read(in);
        }
        devices.checkComplete();
        skipDescription(in);
    }

    @Override
    public void devices(PackageInput in, CommandHandler commands) throws IOException {
        while (true) {
            SectionType type = SectionType.read(in);
            switch (type) {
                case FULL -> devices.load(SectionHeader.read(in), in);
                case COMMAND -> {
                    StreamCommand command = StreamCommand.read(in);
                    if (command instanceof StreamCommand.PostcopyRun) {
                        devices.checkComplete();
                        return;
                    }
                    commands.handle(command);
                }
                case START, PART, END, EOF, SUBSECTION, VMDESCRIPTION, CONFIGURATION, FOOTER ->
                    throw new MalformedStreamException(
                            "section " + type + " at byte " + in.position() + " of the package is out of place");
            }
        }
    }

    /**
     * The guest is complete and its source will not run it again: whatever befalls the description that follows, which
     * tells nothing that is needed, the guest is not given up for it.
     */
    private static void skipDescription(WireInput in) {
        try {
            SectionType type = SectionType.read(in);
            int length = in.u32();
            if (type != SectionType.VMDESCRIPTION || length < 0 || length > VmDescription.MAX_BYTES) {
                throw new MalformedStreamException(
                        "%s of %s bytes after the end of the state, expected VMDESCRIPTION of at most %d"
                                .formatted(type, Integer.toUnsignedString(length), VmDescription.MAX_BYTES));
            }
            var _ = in.bytes(length);
        } catch (EOFException e) {
            LOG.debug("the guest has come without its description");
        } catch (IOException e) {
            LOG.warn("the guest has come whole, but not its description: {}", e.getMessage());
        }
    }

    @Override
    public void finish() {
        // It has been loaded where it will run.
    }

    @Override
    public RunState settle() {
        return globalState.runState();
    }

    @Override
    public void close() {
        // Its RAM and devices are the waiting guest's own.
    }
}
