package io.godwit.engine.incoming;

import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.guest.Arrival;
import io.godwit.engine.guest.IncompatibleStreamException;
import io.godwit.engine.mappedram.MappedRamLoader;
import io.godwit.engine.mappedram.MappedRamReader;
import io.godwit.engine.mappedram.PagesInFile;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.StreamHeader;
import java.io.IOException;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reads one precopy stream from its first byte to its last, or what precedes the package with which postcopy begins. What
 * comes before the device state is checked and loaded here; what only the machine's kind understands is the
 * {@link Arrival}'s. One thread.
 */
final class StreamLoader implements AutoCloseable {
    private final Arrival arrival;
    private final MigrationOptions options;
    private final StreamInput in;
    private final Arrival.CommandHandler commands;
    private final TransferCounters counters;
    private final Connections connections;
    private final boolean runsHere;
    private @Nullable RamLoader plain;
    private @Nullable OpenRam ram;
    private @Nullable PostcopyAdvice advice;
    private @Nullable PackageInput packaged;
    private @Nullable PagesInFile left;

    /** Loads a body of the RAM section, up to and including its EOS; the first is that of START. */
    @FunctionalInterface
    private interface RamBodies {
        void load(StreamInput in) throws IOException;
    }

    /** The RAM section, once it has been started. */
    private static final class OpenRam {
        private final int section;
        private final RamBodies bodies;
        private boolean listed;
        private boolean began;
        private boolean ended;

        OpenRam(int section, RamBodies bodies) {
            this.section = section;
            this.bodies = bodies;
        }
    }

    /**
     * Everything is lent.
     *
     * @param runsHere whether the guest can run here
     */
    StreamLoader(Arrival arrival, boolean runsHere, MigrationOptions options, Connections connections,
            TransferCounters counters, Arrival.CommandHandler commands) {
        this.arrival = arrival;
        this.runsHere = runsHere;
        this.options = options;
        this.connections = connections;
        in = connections.mainInput();
        this.counters = counters;
        this.commands = commands;
    }

    private List<? extends RamBlock> blocks(List<RamBlockEntry> entries) throws IOException {
        OpenRam open = Objects.requireNonNull(ram, "blocks are listed in a section");
        open.listed = true;
        return arrival.blocks(open.section, entries);
    }

    /**
     * Reads all of it, and the guest is whole then and need only be settled; or up to a package or, where pages are to be left
     * in the file, up to the device state, and the guest may run when that has been loaded, before its RAM has come.
     */
    LoadedStream load() throws IOException {
        try {
            return loadAll();
        } catch (IOException e) {
            throw plain == null ? e : plain.reason(e);
        }
    }

    private LoadedStream loadAll() throws IOException {
        StreamHeader.read(in);
        Configuration.Read read = Configuration.read(in);
        Configuration configuration = read.configuration();
        check(configuration);
        arrival.expect(configuration);
        SectionType type = read.next();
        while (type != SectionType.FULL) {
            loadSection(type, configuration);
            PackageInput whole = packaged;
            if (whole != null) {
                return new LoadedStream.Packaged(postcopyPackage(whole));
            }
            type = SectionType.read(in);
        }
        // A background snapshot has no END of ram: what shows that the RAM is over is the first device after some of it.
        if (ram == null || !ram.began) {
            throw new MalformedStreamException(
                    "device state at byte " + in.position() + ", before the RAM is complete");
        }
        if (plain != null) {
            plain.end(in.position());
        }
        PagesInFile inFile = left;
        if (inFile != null) {
            return new LoadedStream.InFile(inFile);
        }
        arrival.devices(in, commands);
        arrival.finish();
        return new LoadedStream.Whole();
    }

    private PostcopyPackage postcopyPackage(PackageInput whole) {
        RamLoader precopied = Objects.requireNonNull(plain, "advised");
        return new PostcopyPackage(whole, Objects.requireNonNull(ram, "listed").section, received().orElseThrow(),
                precopied.normalPages(), precopied.zeroPages());
    }

    private Optional<ReceivedPages> received() {
        return Optional.ofNullable(advice).flatMap(PostcopyAdvice::received);
    }

    private void check(Configuration configuration) throws IOException {
        boolean mappedRam = options.capabilities().has(MigrationCapability.MAPPED_RAM);
        if (configuration.capabilities().contains(Capability.IGNORE_SHARED)) {
            throw new IncompatibleStreamException(
                    "the stream leaves shared RAM out (x-ignore-shared) and relies on a file"
                            + " of the source's host for it; switch x-ignore-shared off at the source");
        }
        Set<Capability> here = EnumSet.noneOf(Capability.class);
        if (mappedRam) {
            here.add(Capability.MAPPED_RAM);
        }
        configuration.checkAgree(here);
        Optional<UUID> own = options.uuid();
        if (options.capabilities().has(MigrationCapability.VALIDATE_UUID) && own.isPresent()
                && configuration.uuid().isPresent() && !own.equals(configuration.uuid())) {
            throw new IncompatibleStreamException(
                    "UUID received is %s and local is %s".formatted(configuration.uuid().get(), own.get()));
        }
    }

    private void loadSection(SectionType type, Configuration configuration) throws IOException {
        switch (type) {
            case START -> startRam(SectionHeader.read(in), configuration);
            case PART, END -> continueRam(type, in.u32());
            case COMMAND -> handle(StreamCommand.read(in));
            case EOF -> throw new MalformedStreamException(
                    "the stream ends at byte " + in.position() + ", before its RAM and device state are complete");
            case FULL, SUBSECTION, VMDESCRIPTION, CONFIGURATION, FOOTER -> throw new MalformedStreamException(
                    "section " + type + " at byte " + in.position() + " is out of place");
        }
    }

    private void handle(StreamCommand command) throws IOException {
        boolean postcopy = options.capabilities().has(MigrationCapability.POSTCOPY_RAM);
        switch (command) {
            case StreamCommand.PostcopyAdvise advise when postcopy -> {
                if (advice != null || ram != null) {
                    throw new MalformedStreamException("POSTCOPY_ADVISE at byte " + in.position() + " is out of place");
                }
                advice = new PostcopyAdvice(advise, runsHere);
            }
            case StreamCommand.PostcopyDiscard discard when advice != null -> advice.discard(discard);
            case StreamCommand.Packaged(int bytes) when received().isPresent() -> packaged = readPackage(bytes);
            case StreamCommand.PostcopyDiscard _,StreamCommand.Packaged _,StreamCommand.PostcopyListen _,StreamCommand.PostcopyRun _,StreamCommand.PostcopyResume _,StreamCommand.SendReceivedBitmap _ when postcopy ->
                throw new MalformedStreamException(
                        "command %s at byte %d is out of place".formatted(command, in.position()));
            default -> commands.handle(command);
        }
    }

    private PackageInput readPackage(int bytes) throws IOException {
        if (bytes <= 0 || bytes > PackageInput.MAX_BYTES) {
            throw new MalformedStreamException("package of %s bytes, expected at most %d"
                    .formatted(Integer.toUnsignedString(bytes), PackageInput.MAX_BYTES));
        }
        return new PackageInput(in.bytes(bytes));
    }

    private void startRam(SectionHeader header, Configuration configuration) throws IOException {
        if (!header.name().equals(SectionHeader.RAM) || header.instance() != 0 || ram != null) {
            throw new MalformedStreamException("section '" + header.name() + "' is started, expected 'ram', once");
        }
        if (header.version() != SectionHeader.RAM_VERSION) {
            throw new MalformedStreamException("RAM section of version " + Integer.toUnsignedString(header.version())
                    + ", expected " + SectionHeader.RAM_VERSION);
        }
        if (header.id() < 0) {
            throw new MalformedStreamException("RAM section has the id " + Integer.toUnsignedString(header.id()));
        }
        ram = new OpenRam(header.id(), bodies(configuration));
        loadBody(ram);
        if (!ram.listed) { // whoever has no list has no pages either, and must not be taken for a guest without RAM
            throw new MalformedStreamException(
                    "START of ram ends at byte " + in.position() + " without a list of the RAM blocks");
        }
    }

    private RamBodies bodies(Configuration configuration) throws IOException {
        if (configuration.capabilities().contains(Capability.MAPPED_RAM)) {
            return new MappedRamReader(this::blocks,
                    runsHere && options.capabilities().has(MigrationCapability.POSTCOPY_RAM)
                            ? (pages, _) -> left = pages
                            : new MappedRamLoader(options, counters))::readBody;
        }
        plain = new RamLoader(this::blocks, counters, connections, options, advice);
        return plain::loadBody;
    }

    private void continueRam(SectionType type, int id) throws IOException {
        OpenRam open = ram;
        if (open == null || id != open.section || open.ended) {
            throw new MalformedStreamException("%s of section %s at byte %d, which is not open".formatted(type,
                    Integer.toUnsignedString(id), in.position()));
        }
        loadBody(open);
        open.began = true;
        open.ended = type == SectionType.END;
    }

    private void loadBody(OpenRam open) throws IOException {
        open.bodies.load(in);
        SectionHeader.readFooter(in, open.section, SectionHeader.RAM);
    }

    @Override
    public void close() {
        if (plain != null) {
            plain.close();
        }
    }
}
