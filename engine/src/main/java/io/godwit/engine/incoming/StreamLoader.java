package io.godwit.engine.incoming;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.guest.Device;
import io.godwit.engine.guest.GlobalState;
import io.godwit.engine.guest.Guest;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.StreamHeader;
import io.godwit.protocol.stream.VmDescription;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads one precopy stream from its first byte to its last, into a guest that stands still. One thread. */
final class StreamLoader {
    private static final Logger LOG = LoggerFactory.getLogger(StreamLoader.class);
    private static final int NO_SECTION = -1;

    private final Guest guest;
    private final MigrationOptions options;
    private final StreamInput in;
    private final CommandHandler commands;
    private final GlobalState globalState = new GlobalState(RunState.RUNNING);
    private final RamLoader ram;
    private final DeviceLoader devices;
    private int ramSection = NO_SECTION;
    private boolean ramComplete;

    /** Answers the source's commands. */
    @FunctionalInterface
    interface CommandHandler {
        void handle(StreamCommand command) throws IOException;
    }

    StreamLoader(Guest guest, MigrationOptions options, StreamInput in, TransferCounters counters,
            CommandHandler commands) {
        this.guest = guest;
        this.options = options;
        this.in = in;
        this.commands = commands;
        ram = new RamLoader(guest.ram(), counters);
        List<Device> expected = new ArrayList<>();
        expected.add(globalState);
        expected.addAll(guest.devices());
        devices = new DeviceLoader(expected);
    }

    /** Reads all of it; returns the guest's run state at the source. */
    RunState load() throws IOException {
        StreamHeader.read(in);
        Configuration.Read read = Configuration.read(in);
        check(read.configuration());
        SectionType type = read.next();
        while (type != SectionType.EOF) {
            loadSection(type);
            type = SectionType.read(in);
        }
        if (!ramComplete) {
            throw new MalformedStreamException("the stream ends before its RAM is complete");
        }
        devices.checkComplete();
        skipDescription();
        return globalState.runState();
    }

    private void check(Configuration configuration) throws IOException {
        if (!configuration.machineType().equals(guest.machineType())) {
            throw new IncompatibleStreamException("Machine type received is '%s' and local is '%s'"
                    .formatted(configuration.machineType(), guest.machineType()));
        }
        Optional<UUID> own = options.uuid();
        if (options.capabilities().has(MigrationCapability.VALIDATE_UUID) && own.isPresent()
                && configuration.uuid().isPresent() && !own.equals(configuration.uuid())) {
            throw new IncompatibleStreamException(
                    "UUID received is %s and local is %s".formatted(configuration.uuid().get(), own.get()));
        }
    }

    private void loadSection(SectionType type) throws IOException {
        switch (type) {
            case START -> startRam(SectionHeader.read(in));
            case PART, END -> continueRam(type, in.u32());
            case FULL -> {
                if (!ramComplete) {
                    throw new MalformedStreamException(
                            "device state at byte " + in.position() + ", before the RAM is complete");
                }
                devices.load(SectionHeader.read(in), in);
            }
            case COMMAND -> commands.handle(StreamCommand.read(in));
            case EOF, SUBSECTION, VMDESCRIPTION, CONFIGURATION, FOOTER -> throw new MalformedStreamException(
                    "section " + type + " at byte " + in.position() + " is out of place");
        }
    }

    private void startRam(SectionHeader header) throws IOException {
        if (!header.name().equals(SectionHeader.RAM) || header.instance() != 0 || ramSection != NO_SECTION) {
            throw new MalformedStreamException("section '" + header.name() + "' is started, expected 'ram', once");
        }
        if (header.version() != SectionHeader.RAM_VERSION) {
            throw new MalformedStreamException("RAM section of version " + Integer.toUnsignedString(header.version())
                    + ", expected " + SectionHeader.RAM_VERSION);
        }
        if (header.id() < 0) {
            throw new MalformedStreamException("RAM section has the id " + Integer.toUnsignedString(header.id()));
        }
        ramSection = header.id();
        ram.loadBody(in, true);
        SectionHeader.readFooter(in, ramSection, SectionHeader.RAM);
    }

    private void continueRam(SectionType type, int id) throws IOException {
        if (ramSection == NO_SECTION || id != ramSection || ramComplete) {
            throw new MalformedStreamException("%s of section %s at byte %d, which is not open".formatted(type,
                    Integer.toUnsignedString(id), in.position()));
        }
        ram.loadBody(in, false);
        SectionHeader.readFooter(in, ramSection, SectionHeader.RAM);
        ramComplete = type == SectionType.END;
    }

    /**
     * The guest is complete and its source will not run it again: whatever befalls the description that follows, which
     * tells nothing that is needed, the guest is not given up for it.
     */
    private void skipDescription() {
        try {
            if (in.atEnd()) {
                return;
            }
            SectionType type = SectionType.read(in);
            int length = in.u32();
            if (type != SectionType.VMDESCRIPTION || length < 0 || length > VmDescription.MAX_BYTES) {
                throw new MalformedStreamException(
                        "%s of %s bytes after the end of the state, expected VMDESCRIPTION of at most %d"
                                .formatted(type, Integer.toUnsignedString(length), VmDescription.MAX_BYTES));
            }
            var _ = in.bytes(length);
        } catch (IOException e) {
            LOG.warn("the guest has come whole, but not its description: {}", e.getMessage());
        }
    }
}
