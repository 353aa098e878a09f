package io.godwit.inspect;

import io.godwit.inspect.StreamReport.Form;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.DeviceTail;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamHeader;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Walks a stream, or a mapped-ram file, from its magic to its last byte.
 *
 * <pre>
 * magic, version, CONFIGURATION
 * (START | PART | END of ram | COMMAND) *      mapped-ram: pages and bitmaps lie between the entries of START's list
 * FULL *, EOF, VMDESCRIPTION                   precopy: the device tail
 * PACKAGED { LISTEN, FULL *, RUN }, ..., EOF   postcopy instead
 * </pre>
 */
final class StreamWalk {
    private final FileInput in;
    private final Place place = new Place();
    private final Order order = new Order();
    private final BlockTable blocks = new BlockTable();
    private final List<Finding> findings = new ArrayList<>();
    private final BlockListReader list;
    private final RamBody ram;
    private final CommandReader commands;
    private Optional<Configuration> configuration = Optional.empty();
    private Optional<DeviceTail> tail = Optional.empty();
    private long tailOffset;
    private OptionalLong packageBytes = OptionalLong.empty();
    private Phase phase = Phase.SETUP;
    private boolean ended;
    private int ramId;
    private long end;
    private boolean accountedFor;

    /** How far RAM has come. */
    private enum Phase {
        SETUP,
        /** START has come. */
        LISTED,
        /** And a PART or END: what a FULL begins from here on is the device tail. */
        SENT
    }

    StreamWalk(FileInput in, RamListener listener) {
        this.in = in;
        list = new BlockListReader(in, blocks, listener, place);
        ram = new RamBody(in, blocks, list, listener);
        commands = new CommandReader(in);
    }

    /** Reads all of it; what is wrong is among the {@link #findings} afterwards. */
    void read() throws IOException {
        try {
            place.enter("the header", in.position());
            StreamHeader.read(in);
            readConfiguration();
            end = in.position();
            long left = in.drain();
            accountedFor = left == 0;
            if (left > 0) {
                findings.add(new Finding.LeftOver(end, left));
            }
        } catch (DamagedException e) {
            findings.add(e.finding());
        } catch (MalformedStreamException e) {
            findings.add(new Finding.Malformed(place.began(), String.valueOf(e.getMessage())));
        } catch (EOFException e) {
            findings.add(place.truncated(in.position()));
        }
        if (!findings.isEmpty()) {
            end = findings.getFirst().offset();
        }
    }

    private void readConfiguration() throws IOException {
        place.enter("the configuration", in.position());
        var read = Configuration.read(in);
        configuration = Optional.of(read.configuration());
        list.configuredAs(read.configuration());
        order.note("CONFIGURATION");
        long at = in.position() - 1;
        SectionType type = read.next();
        while (readSection(at, type)) {
            at = in.position();
            place.enter("the sections, none of which has ended them", at);
            type = SectionType.read(in);
        }
    }

    /** What follows a type byte; whether another section is to come. */
    private boolean readSection(long at, SectionType type) throws IOException {
        switch (type) {
            case START -> readStart(at);
            case PART, END -> readPart(at, type);
            case COMMAND -> readCommand(at);
            case FULL -> {
                expectSent(at, type);
                readTail(at, type);
                return false;
            }
            case EOF -> {
                expectSent(at, type);
                if (packageBytes.isEmpty()) {
                    readTail(at, type);
                } else {
                    order.note("EOF");
                }
                return false;
            }
            default -> throw DamagedException.unexpected(at, "section type", type.name(),
                    "START, PART, END, FULL, COMMAND or EOF");
        }
        return true;
    }

    private void expectSent(long at, SectionType type) throws DamagedException {
        if (phase != Phase.SENT) {
            throw DamagedException.unexpected(at, "section type", type.name() + " before any PART or END of 'ram'",
                    "one of these (devices that come earlier, such as virtio-mem, are not understood)");
        }
    }

    private void readStart(long at) throws IOException {
        place.enter("a START section", at);
        var header = SectionHeader.read(in);
        if (!header.name().equals(SectionHeader.RAM) || header.instance() != 0) {
            throw DamagedException.unexpected(at, "START of a section",
                    "'%s', instance %s".formatted(header.name(), Integer.toUnsignedString(header.instance())),
                    "'ram', instance 0");
        }
        if (header.version() != SectionHeader.RAM_VERSION) {
            throw DamagedException.unexpected(at, "version of section 'ram'",
                    Integer.toUnsignedString(header.version()), String.valueOf(SectionHeader.RAM_VERSION));
        }
        if (phase != Phase.SETUP) {
            throw DamagedException.unexpected(at, "START of section 'ram'", "another", "only one");
        }
        ramId = header.id();
        order.note("START ram");
        ram.readStart(isMapped());
        place.enter("the START of section 'ram'", at);
        readFooter();
        phase = Phase.LISTED;
    }

    private void readPart(long at, SectionType type) throws IOException {
        place.enter("a " + type + " section", at);
        int id = in.u32();
        if (phase == Phase.SETUP || ended || id != ramId) {
            throw DamagedException.unexpected(at, type + " section", "section id " + Integer.toUnsignedString(id),
                    phase == Phase.SETUP
                            ? "a START before it"
                            : ended ? "nothing more after the END of 'ram'" : Integer.toUnsignedString(ramId));
        }
        order.note(type + " ram");
        ram.read();
        readFooter();
        phase = Phase.SENT;
        ended = type == SectionType.END;
    }

    private void readFooter() throws IOException {
        long at = in.position();
        int type = in.u8();
        if (type != SectionType.FOOTER.code()) {
            throw DamagedException.unexpected(at, "footer of section 'ram'", "0x%02x".formatted(type),
                    "0x%02x".formatted(SectionType.FOOTER.code()));
        }
        int id = in.u32();
        if (id != ramId) {
            throw DamagedException.unexpected(at + 1, "section id in the footer of section 'ram'",
                    Integer.toUnsignedString(id), Integer.toUnsignedString(ramId));
        }
    }

    private void readCommand(long at) throws IOException {
        place.enter("a command", at);
        var command = commands.read(at);
        order.note(command.name());
        switch (command) {
            case CommandReader.Read.Advise advise -> {
                if (advise.pageSizes() != 0) {
                    list.advised(advise.pageSizes());
                }
            }
            case CommandReader.Read.Packaged packaged -> readPackage(at, packaged.bytes());
            case CommandReader.Read.Plain _ -> {
            }
        }
    }

    /**
     * Commands, device sections, RUN. Without a VM description, which postcopy does not send, nobody can tell where one
     * device section ends.
     */
    private void readPackage(long at, long bytes) throws IOException {
        if (packageBytes.isPresent()) {
            throw DamagedException.unexpected(at, "postcopy package", "another", "only one");
        }
        packageBytes = OptionalLong.of(bytes);
        place.enter("the postcopy package of " + bytes + " bytes", at);
        long end = in.position() + bytes;
        readCommandOf(end, "COMMAND POSTCOPY_LISTEN");
        long sections = end - in.position() - CommandReader.RUN_BYTES;
        if (sections < 0) {
            throw DamagedException.unexpected(at, "postcopy package", bytes + " bytes",
                    "room for POSTCOPY_LISTEN and POSTCOPY_RUN");
        }
        in.skip(sections);
        order.note("device sections");
        readCommandOf(end, "COMMAND POSTCOPY_RUN");
    }

    private void readCommandOf(long packageEnd, String expected) throws IOException {
        long at = in.position();
        SectionType type = SectionType.read(in);
        String got = type == SectionType.COMMAND ? commands.read(at).name() : type.name();
        if (!got.equals(expected) || in.position() > packageEnd) {
            throw DamagedException.unexpected(at, "section of the postcopy package", got, expected);
        }
        order.note(got);
    }

    private void readTail(long at, SectionType first) throws IOException {
        place.enter("the device state", at);
        tailOffset = at;
        var read = TailReader.read(in, at, first, findings);
        tail = Optional.of(read);
        if (!read.sections().isEmpty()) {
            order.note("FULL", read.sections().size());
        }
        order.note("EOF");
        order.note("VMDESC");
    }

    private boolean isMapped() {
        return configuration.map(Configuration::capabilities).orElseThrow().contains(Capability.MAPPED_RAM);
    }

    Optional<Configuration> configuration() {
        return configuration;
    }

    /** In the order of the list, with what came for them. */
    List<BlockTable.Counts> blocks() {
        return blocks.blocks();
    }

    /** In the same order; empty unless this is a mapped-ram file. */
    List<MappedRamLayout.Block> mapped() {
        return blocks.mapped();
    }

    Optional<DeviceTail> tail() {
        return tail;
    }

    /** In the order of their discovery; may be added to. */
    List<Finding> findings() {
        return findings;
    }

    Form form() {
        boolean background = phase == Phase.SENT && !ended && tail.isPresent();
        if (!mapped().isEmpty()) {
            return background ? Form.MAPPED_RAM_BACKGROUND : Form.MAPPED_RAM;
        }
        if (packageBytes.isPresent()) {
            return Form.POSTCOPY;
        }
        return background ? Form.BACKGROUND : Form.PRECOPY;
    }

    StreamReport report(List<StreamReport.Block> found) throws IOException {
        Optional<StreamReport.Tail> state = Optional.empty();
        if (tail.isPresent()) {
            var read = tail.get();
            state = Optional.of(new StreamReport.Tail(tailOffset, read.sections(), read.sectionBytes().remaining(),
                    read.descriptionBytes().remaining(), runState(read)));
        }
        return new StreamReport(in.start(), end, accountedFor, form(), configuration, order.runs(), found,
                ram.flushes(),
                packageBytes, state, findings);
    }

    private Optional<String> runState(DeviceTail read) {
        try {
            return read.runState();
        } catch (MalformedStreamException e) {
            findings.add(new Finding.Malformed(tailOffset, String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }
}
