package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.FileSeal.Verdict;
import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.Incoming;
import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.Mapping;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.mappedram.MappedRamLoader;
import io.godwit.engine.mappedram.MappedRamReader;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.engine.seal.BrokenSealException;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.StreamHeader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Ten thousand single faults in sealed files, half of them in each form: every one is found, and nothing else is. */
@Timeout(300)
final class SealFaultsTest {
    private static final int FAULTS = 5000;
    /** Of how many faults one is loaded too. */
    private static final int LOADED = 10;
    private static final long SEED = 20261120;
    private static final int PAGE = RamBlock.PAGE_SIZE;
    private static final int EXTENT = 65536;
    private static final int[] BLOCKS = {130, 20};

    @TempDir
    Path dir;
    private final Random random = new Random(SEED);

    private Path image() {
        return dir.resolve("guest.img");
    }

    /** Something else in the place of what is at {@code at}; with {@code cut} the file ends there instead. */
    private static final class Fault {
        private final String what;
        private final int at;
        private final byte[] bytes;
        private final boolean cut;

        Fault(String what, int at, byte[] bytes, boolean cut) {
            this.what = what;
            this.at = at;
            this.bytes = bytes;
            this.cut = cut;
        }

        boolean changes(byte[] whole) {
            return cut || !Arrays.equals(whole, at, at + bytes.length, bytes, 0, bytes.length);
        }

        void inflict(FileChannel file) throws IOException {
            if (cut) {
                file.truncate(at);
            } else {
                file.write(ByteBuffer.wrap(bytes), at);
            }
        }

        void repair(FileChannel file, byte[] whole) throws IOException {
            int length = cut ? whole.length - at : bytes.length;
            file.write(ByteBuffer.wrap(whole, at, length), at);
        }
    }

    private Fault fault(byte[] whole, byte[] older) {
        Fault fault;
        do {
            fault = any(whole, older);
        } while (!fault.changes(whole));
        return fault;
    }

    private Fault any(byte[] whole, byte[] older) {
        int at = random.nextInt(whole.length);
        return switch (random.nextInt(6)) {
            case 0 -> new Fault("bit", at, new byte[]{(byte) (whole[at] ^ 1 << random.nextInt(8))}, false);
            case 1 -> random(whole, "page", PAGE);
            case 2 -> random(whole, "extent", EXTENT);
            case 3 -> swapped(whole);
            case 4 -> new Fault("truncation", at, new byte[0], true);
            default -> older(whole, older);
        };
    }

    private Fault random(byte[] whole, String what, int size) {
        int at = random.nextInt(whole.length / size) * size;
        byte[] bytes = new byte[size];
        random.nextBytes(bytes);
        return new Fault(what, at, bytes, false);
    }

    /** Two extents change places; both are within what is written, and what is between them stays. */
    private Fault swapped(byte[] whole) {
        int extents = whole.length / EXTENT;
        int first = random.nextInt(extents - 1);
        int second = first + 1 + random.nextInt(extents - first - 1);
        byte[] bytes = Arrays.copyOfRange(whole, first * EXTENT, (second + 1) * EXTENT);
        System.arraycopy(whole, second * EXTENT, bytes, 0, EXTENT);
        System.arraycopy(whole, first * EXTENT, bytes, (second - first) * EXTENT, EXTENT);
        return new Fault("swapped extents", first * EXTENT, bytes, false);
    }

    private Fault older(byte[] whole, byte[] older) {
        int at = random.nextInt(Math.min(whole.length, older.length) / EXTENT) * EXTENT;
        return new Fault("extent of an older snapshot", at, Arrays.copyOfRange(older, at, at + EXTENT), false);
    }

    private Side guest(boolean mapped) throws Exception {
        Side guest = Side.running(BLOCKS);
        return mapped ? guest.with(MigrationCapability.MAPPED_RAM) : guest;
    }

    /** Saves a guest of which some pages are zero; pages from {@code base} on tell the saves apart. */
    private byte[] save(boolean mapped, long base) throws Exception {
        try (Side guest = guest(mapped)) {
            for (int page = 0; page < guest.guest.pages(); page++) {
                guest.guest.write(page, page % 7 == 0 ? 0 : base + page);
            }
            Eventually.status(guest.migrate(new Endpoint.File(image(), 0)).state(), MigrationStatus.COMPLETED);
        }
        return Files.readAllBytes(image());
    }

    private boolean isFound() throws IOException {
        return FileSeal.verify(image(), bytes -> {}) instanceof Verdict.Damaged;
    }

    @Test
    void everyFaultInAMappedRamFileIsFound() throws Exception {
        byte[] older = save(true, 1_000_000);
        byte[] whole = save(true, 2_000_000);
        try (var file = FileChannel.open(image(), StandardOpenOption.WRITE); var loads = new Loads()) {
            byte[] content = loads.load();
            for (int i = 0; i < FAULTS; i++) {
                Fault fault = fault(whole, older);
                fault.inflict(file);
                assertThat(isFound()).as("fault %d of seed %d: %s at %d", i, SEED, fault.what, fault.at).isTrue();
                if (i % LOADED == 0) {
                    loads.expectRefusedOr(content, fault);
                }
                fault.repair(file, whole);
                if (i % 100 == 0) {
                    assertThat(isFound()).as("no fault, after fault %d: %s", i, fault.what).isFalse();
                    assertThat(loads.load()).isEqualTo(content);
                }
            }
        }
    }

    @Test
    void everyFaultInAPlainStreamIsFound() throws Exception {
        byte[] older = save(false, 1_000_000);
        byte[] whole = save(false, 2_000_000);
        try (var file = FileChannel.open(image(), StandardOpenOption.WRITE)) {
            for (int i = 0; i < FAULTS; i++) {
                Fault fault = fault(whole, older);
                fault.inflict(file);
                assertThat(isFound()).as("fault %d of seed %d: %s at %d", i, SEED, fault.what, fault.at).isTrue();
                if (i % LOADED == 0) {
                    assertThat(readsWhole()).as("fault %d: %s at %d", i, fault.what, fault.at).isFalse();
                }
                fault.repair(file, whole);
                if (i % 100 == 0) {
                    assertThat(isFound()).as("no fault, after fault %d: %s", i, fault.what).isFalse();
                    assertThat(readsWhole()).isTrue();
                }
            }
        }
    }

    /** Whether all of the file is given out. */
    private boolean readsWhole() throws IOException {
        try (Abort abort = new Abort();
                Incoming incoming = Incoming.open(new Endpoint.File(image(), 0));
                Channel channel = incoming.accept(abort, 1).getFirst();
                NativeBuffer buffer = new NativeBuffer(1 << 20)) {
            while (channel.read(buffer.segment(), 0, buffer.byteSize()) > 0) {
                // It is the giving out that counts.
            }
            return true;
        } catch (BrokenSealException e) {
            return false;
        }
    }

    /** Loads the file's RAM into memory of its own, and reads what follows. */
    private final class Loads implements AutoCloseable {
        private final List<MemoryBlock> blocks = List.of(block("pc.ram", BLOCKS[0]), block("rom1", BLOCKS[1]));
        private final NativeBuffer copy = new NativeBuffer((long) BLOCKS[0] * PAGE);
        private final MigrationOptions options = new MigrationOptions(MigrationCapabilities.NONE,
                () -> MigrationParameters.DEFAULTS, Optional.empty(), false);

        Loads() throws IOException {}

        private static MemoryBlock block(String name, int pages) throws IOException {
            return new MemoryBlock(name, Mapping.anonymous((long) pages * PAGE));
        }

        byte[] load() throws IOException {
            blocks.forEach(block -> block.zero(0, block.byteSize()));
            try (Abort abort = new Abort();
                    Incoming incoming = Incoming.open(new Endpoint.File(image(), 0));
                    Channel channel = incoming.accept(abort, 1).getFirst();
                    StreamInput in = new StreamInput(channel, bytes -> {})) {
                StreamHeader.read(in);
                Configuration.read(in);
                SectionHeader.read(in);
                new MappedRamReader(entries -> blocks, new MappedRamLoader(options, new TransferCounters()))
                        .readBody(in);
                while (!in.atEnd()) {
                    in.u8();
                }
            }
            return content();
        }

        private byte[] content() {
            ByteBuffer content = ByteBuffer.allocate((BLOCKS[0] + BLOCKS[1]) * PAGE);
            for (MemoryBlock block : blocks) {
                block.read(0, copy.segment(), 0, block.byteSize());
                content.put(copy.segment().asSlice(0, block.byteSize()).asByteBuffer());
            }
            return content.array();
        }

        /** Some faults hit what is not read: pages that are zero by their bit, gaps. Then the right thing is loaded. */
        void expectRefusedOr(byte[] content, Fault fault) throws IOException {
            try {
                assertThat(load()).as("%s at %d", fault.what, fault.at).isEqualTo(content);
            } catch (BrokenSealException e) {
                assertThat(e).hasMessageContaining("seal");
            }
        }

        @Override
        public void close() {
            blocks.forEach(MemoryBlock::close);
            copy.close();
        }
    }
}
