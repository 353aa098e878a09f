package io.godwit.engine.mappedram;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.guest.IncompatibleStreamException;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.ram.PageBitmap;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.SealedReader;
import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.DeviceTail;
import io.godwit.protocol.stream.DeviceTailCollector;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import io.godwit.protocol.stream.StreamHeader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A guest in a mapped-ram file that is whole, left where it is: what its stream says has been read and checked, its pages are
 * read when somebody asks for them. Any number of flows may read at once. Owns the file until the close, and goes on with the
 * one that it has opened when another takes its name.
 */
public final class SavedGuest implements AutoCloseable {

    /** Hears what one flow could not read. Called by whatever thread reads, and must return at once. */
    @FunctionalInterface
    public interface Onlooker {

        /** The file did not give what it should have, from byte {@code fileOffset} on or near it. */
        void unreadable(long fileOffset, IOException why);
    }

    private final Path path;
    private final Abort abort;
    private final Channel channel;
    private final FileIdentity identity;
    private final List<MappedRamLayout.Block> places = new ArrayList<>();
    private final List<PageBitmap> presents = new ArrayList<>();
    private final Configuration configuration;
    private final DeviceTail devices;
    private int ramSectionId = -1;

    /**
     * Opens and reads it.
     *
     * @throws IOException when it is no mapped-ram file, is not whole, or is not what it was when it was sealed
     */
    public SavedGuest(Path path) throws IOException {
        this.path = path;
        abort = new Abort();
        channel = open(path, abort);
        try (var in = new StreamInput(channel, bytes -> {})) {
            StreamHeader.read(in);
            Configuration.Read read = Configuration.read(in);
            configuration = read.configuration();
            expectMappedRam();
            readRam(in, read.next());
            devices = DeviceTailCollector.collect(in, () -> {});
            devices.runState(); // a state that cannot be told is refused now
            identity = FileIdentity.of(path, channel.file(), Optional.ofNullable(seal()).map(Seal::root));
        } catch (IOException | RuntimeException | Error e) { // an Error too: bitmaps may be more than the heap holds
            close();
            throw e;
        }
    }

    private static Channel open(Path path, Abort abort) throws IOException {
        try {
            return Incoming.open(new Endpoint.File(path, 0)).accept(abort, 1).getFirst();
        } catch (IOException e) {
            abort.close();
            throw e;
        }
    }

    private void expectMappedRam() throws IOException {
        if (!configuration.capabilities().contains(Capability.MAPPED_RAM)) {
            throw new IncompatibleStreamException(
                    "%s is a stream, and its pages have no places; 'godwit convert %s OUT' makes a mapped-ram file of it"
                            .formatted(path, path));
        }
        if (configuration.capabilities().contains(Capability.IGNORE_SHARED)) {
            throw new IncompatibleStreamException(path + " leaves shared RAM out (x-ignore-shared): it is not whole");
        }
    }

    private void readRam(StreamInput in, SectionType first) throws IOException {
        var bodies = new MappedRamReader(this::readBitmaps);
        boolean began = false;
        for (SectionType type = first; type != SectionType.FULL; type = SectionType.read(in)) {
            switch (type) {
                case START -> ramSectionId = startOfRam(in);
                case PART, END -> {
                    expectOpen(type, in.u32(), in.position());
                    began = true;
                }
                case COMMAND -> {
                    expectNothingAsked(StreamCommand.read(in), in.position());
                    continue;
                }
                default -> throw new MalformedStreamException("section %s at byte %d is out of place".formatted(type,
                        in.position()));
            }
            bodies.readBody(in);
            SectionHeader.readFooter(in, ramSectionId, SectionHeader.RAM);
        }
        if (!began || places.isEmpty()) {
            throw new MalformedStreamException("device state at byte %d, before the RAM is complete"
                    .formatted(in.position()));
        }
    }

    private int startOfRam(StreamInput in) throws IOException {
        SectionHeader header = SectionHeader.read(in);
        if (ramSectionId >= 0 || !header.name().equals(SectionHeader.RAM) || header.instance() != 0
                || header.version() != SectionHeader.RAM_VERSION || header.id() < 0) {
            throw new MalformedStreamException("section %s is started at byte %d, expected 'ram' of version %d, once"
                    .formatted(header, in.position(), SectionHeader.RAM_VERSION));
        }
        return header.id();
    }

    private void expectOpen(SectionType type, int id, long at) throws MalformedStreamException {
        if (id != ramSectionId) {
            throw new MalformedStreamException("%s of section %s at byte %d, which is not open".formatted(type,
                    Integer.toUnsignedString(id), at));
        }
    }

    /** A QEMU says even to a file that the guest is about to stand still. */
    private static void expectNothingAsked(StreamCommand command, long at) throws MalformedStreamException {
        if (!(command instanceof StreamCommand.SwitchoverStart)) {
            throw new MalformedStreamException("%s at byte %d of a file, which cannot answer".formatted(command, at));
        }
    }

    private void readBitmaps(StreamInput in, List<MappedRamLayout.Block> listed) throws IOException {
        places.addAll(listed);
        for (MappedRamLayout.Block place : listed) {
            presents.add(new BitmapPlace(place).read(in));
        }
    }

    private @Nullable Seal seal() {
        return channel.seal();
    }

    /** The name it was opened under. */
    public Path path() {
        return path;
    }

    /** By which the same file is known again, in another process too. */
    public FileIdentity identity() {
        return identity;
    }

    /** Which machine it is of. */
    public Configuration configuration() {
        return configuration;
    }

    /** The number of the RAM section in its streams. */
    public int ramSectionId() {
        return ramSectionId;
    }

    public DeviceTail devices() {
        return devices;
    }

    /** Bytes of RAM, all blocks together. */
    public long ramBytes() {
        return places.stream().mapToLong(place -> place.entry().lengthBytes()).sum();
    }

    /**
     * The RAM for one flow; lent, until the close.
     *
     * @param memoryPageBytes by the name of a block, the size of the pages of its memory where it is going; 4096 for those that
     *        are not named
     */
    public List<? extends RamBlock> ram(Map<String, Long> memoryPageBytes, Onlooker onlooker) throws IOException {
        var blocks = new ArrayList<SavedBlock>();
        for (int i = 0; i < places.size(); i++) {
            MappedRamLayout.Block place = places.get(i);
            long page = memoryPageBytes.getOrDefault(place.entry().name(), (long) RamBlock.PAGE_SIZE);
            if (place.entry().lengthBytes() % page != 0) {
                throw new IncompatibleStreamException("block '%s' has %d bytes, which are no whole pages of %d bytes"
                        .formatted(place.entry().name(), place.entry().lengthBytes(), page));
            }
            blocks.add(new SavedBlock(place, channel.file(), presents.get(i), seal(), page, onlooker,
                    presents.get(i)));
        }
        return blocks;
    }

    /** The largest block: the guest's main memory. A destination can map it where it lies. */
    public MappedRamLayout.Block mainMemory() {
        return places.stream().max(Comparator.comparingLong(place -> place.entry().lengthBytes())).orElseThrow();
    }

    /**
     * The RAM for a destination that has mapped the pages of {@link #mainMemory} from this file: all of the other blocks, and of
     * this one what the file shows wrongly, which are pages that became zero and still stand there.
     */
    public List<? extends RamBlock> ramBesideMainMemory(Onlooker onlooker) throws IOException {
        MappedRamLayout.Block main = mainMemory();
        var blocks = new ArrayList<SavedBlock>();
        for (int i = 0; i < places.size(); i++) {
            MappedRamLayout.Block place = places.get(i);
            PageBitmap present = presents.get(i);
            PageBitmap touched = place.equals(main)
                    ? new StalePages(channel.file(), place, present).find()
                    : all(present.pages());
            blocks.add(
                    new SavedBlock(place, channel.file(), present, seal(), RamBlock.PAGE_SIZE, onlooker, touched));
        }
        return blocks;
    }

    /**
     * Reads all of {@link #mainMemory} and holds it against the seal; nothing is read of a file that has none.
     *
     * @throws IOException when it is not what it was, or cannot be read
     */
    public void verifyMainMemory() throws IOException {
        Seal seal = seal();
        if (seal != null) {
            MappedRamLayout.Block main = mainMemory();
            try (var sealed = new SealedReader(seal, channel.file())) {
                sealed.verify(main.header().pagesOffset(), main.entry().lengthBytes());
            }
        }
    }

    /** What the file is now, whatever its name is by now. */
    public FileIdentity identityNow() throws IOException {
        return FileIdentity.of(channel.file(), identity.seal());
    }

    private static PageBitmap all(long pages) {
        var all = new PageBitmap(pages);
        all.setRange(0, pages);
        return all;
    }

    /** Nobody may be reading any more. */
    @Override
    public void close() {
        channel.close();
        abort.close();
    }
}
