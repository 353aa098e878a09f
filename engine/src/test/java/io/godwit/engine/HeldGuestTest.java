package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.migration.MigrationException;
import io.godwit.engine.outgoing.OutgoingMigration;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import io.godwit.protocol.qapi.HeldGuestInfo;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.StreamCommand;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A guest that is only held: what arrives is kept, in memory or in a file, and sent on as often as one likes. */
@Timeout(60)
final class HeldGuestTest extends EngineTest {
    private static final HexFormat HEX = HexFormat.of();
    /** More than is read ahead of a file at once. */
    private static final int PAGES = 600;
    private static final long MOST_BYTES = 16 << 20;
    private static final long PAGE = RamBlock.PAGE_SIZE;
    private static final int FIRST_PAGE = 0x100000;

    /** Where the RAM is. */
    enum Place {
        MEMORY,
        FILE
    }

    private HeldSide held(Place place) {
        return switch (place) {
            case MEMORY -> HeldSide.inMemory(MOST_BYTES);
            case FILE -> HeldSide.inFile(image(), MOST_BYTES);
        };
    }

    private Path image() {
        return dir.resolve("ram.img");
    }

    private Endpoint.File file(String name) {
        return new Endpoint.File(dir.resolve(name), 0);
    }

    private static void save(End<?, ?> source, Endpoint endpoint) throws Exception {
        OutgoingMigration out = source.migrate(endpoint);
        Eventually.status(out.state(), MigrationStatus.COMPLETED);
    }

    private static void load(End<?, ?> target, Endpoint endpoint) throws Exception {
        IncomingMigration in = target.await(endpoint);
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
    }

    private void move(End<?, ?> source, End<?, ?> target) throws Exception {
        IncomingMigration in = target.await(socket());
        OutgoingMigration out = source.migrate(socket());
        Eventually.status(out.state(), MigrationStatus.COMPLETED);
        Eventually.status(in.state(), MigrationStatus.COMPLETED);
    }

    /** Holds what {@code stream} carries. */
    private void arrive(HeldSide held, byte[] stream) throws Exception {
        Path file = Files.write(dir.resolve("stream"), stream);
        load(held, new Endpoint.File(file, 0));
    }

    private static void assertSame(Side source, Side target) {
        for (long page = 0; page < source.guest.pages(); page++) {
            assertThat(target.guest.read(page)).as("page %d", page).isEqualTo(source.guest.read(page));
        }
        assertThat(target.guest.device().counter).isEqualTo(source.guest.device().counter);
        assertThat(target.guest.isRunning()).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void isSentOnAsOftenAsOneLikes(Place place) throws Exception {
        try (Side source = Side.running(PAGES, 3);
                HeldSide held = held(place);
                Side first = Side.waiting(PAGES, 3);
                Side second = Side.waiting(PAGES, 3)) {
            source.guest.device().counter = 42;
            source.guest.write(5, 0);
            source.guest.write(PAGES, 0);
            assertThat(held.guest.info()).isEmpty();
            move(source, held);
            assertThat(held.run.state()).isEqualTo(RunState.PAUSED);
            assertThat(held.told).containsExactly("setup", "active", "completed");
            move(held, first);
            assertThat(held.run.state()).isEqualTo(RunState.POSTMIGRATE);
            move(held.with(MigrationCapability.RETURN_PATH), second);
            assertSame(source, first);
            assertSame(source, second);
        }
    }

    @ParameterizedTest
    @EnumSource
    void arrivesOverAReturnPathToo(Place place) throws Exception {
        try (Side source = Side.running(PAGES).with(MigrationCapability.RETURN_PATH);
                HeldSide held = held(place);
                Side target = Side.waiting(PAGES)) {
            move(source, held);
            assertThat(source.run.state()).isEqualTo(RunState.POSTMIGRATE);
            move(held, target);
            assertSame(source, target);
        }
    }

    @ParameterizedTest
    @EnumSource
    void showsWhatIsHeld(Place place) throws Exception {
        var uuid = new UUID(1, 2);
        try (Side source = Side.running(PAGES, 3).with(MigrationCapability.VALIDATE_UUID).with(uuid);
                HeldSide held = held(place)) {
            source.guest.write(PAGES, 0);
            move(source, held);
            HeldGuestInfo info = held.guest.info().orElseThrow();
            assertThat(info.machineType()).isEqualTo("godwit-test-1");
            assertThat(info.uuid()).contains(uuid);
            assertThat(info.runState()).contains("running");
            assertThat(info.blocks()).extracting(HeldGuestInfo.Block::name).containsExactly("pc.ram", "rom1");
            assertThat(info.blocks()).extracting(HeldGuestInfo.Block::bytes).containsExactly(PAGES * PAGE, 3 * PAGE);
            assertThat(info.blocks().getLast().presentPages()).isEqualTo(2);
            assertThat(info.devices()).containsExactly(new HeldGuestInfo.DeviceSection("globalstate", 0, 1, 104),
                    new HeldGuestInfo.DeviceSection("counter", 0, 1, 8));
        }
    }

    @ParameterizedTest
    @EnumSource
    void isTheSameStreamAgainByteForByte(Place place) throws Exception {
        try (Side source = Side.running(PAGES); HeldSide held = held(place)) {
            source.run.stop();
            save(source, file("came"));
            load(held, file("came"));
            save(held, file("went"));
            assertThat(Files.mismatch(dir.resolve("came"), dir.resolve("went"))).isEqualTo(-1);
        }
    }

    /** It goes through a mapped-ram file of the source, the held guest and one of its own. */
    @ParameterizedTest
    @EnumSource
    void isLoadedFromAMappedRamFileAndSavedToOne(Place place) throws Exception {
        try (Side source = Side.untouched(PAGES, PAGES).with(MigrationCapability.MAPPED_RAM);
                HeldSide held = held(place).with(MigrationCapability.MAPPED_RAM);
                Side target = Side.waiting(PAGES, PAGES).with(MigrationCapability.MAPPED_RAM)) {
            for (int page = 100; page < 500; page += page % 40 == 0 ? 11 : 1) {
                source.guest.write(page, page);
            }
            save(source, file("came"));
            load(held, file("came"));
            save(held, file("went"));
            load(target, file("went"));
            assertSame(source, target);
            assertThat(allocated("went")).isLessThanOrEqualTo(allocated("came") + (64 << 10));
        }
    }

    private long allocated(String name) throws IOException {
        try (Fd file = Fd.open(dir.resolve(name), Set.of(OpenFlag.READ), 0)) {
            return file.allocatedBytes();
        }
    }

    @Test
    void ramInAFileCanReplaceTheFileItIsIn() throws Exception {
        try (Side source = Side.running(PAGES);
                HeldSide held = held(Place.FILE);
                Side target = Side.waiting(PAGES).with(MigrationCapability.MAPPED_RAM)) {
            move(source, held);
            save(held.with(MigrationCapability.MAPPED_RAM), new Endpoint.File(image(), 0));
            save(held, new Endpoint.File(image(), 0));
            load(target, new Endpoint.File(image(), 0));
            assertSame(source, target);
        }
    }

    /** The file is what the guest is loaded from when Godwit has long gone. */
    @Test
    void ramInAFileIsAWholeMappedRamFile() throws Exception {
        try (Side source = Side.running(PAGES, 3); Side target = Side.waiting(PAGES, 3)) {
            source.guest.write(5, 0);
            source.guest.device().counter = 42;
            try (HeldSide held = held(Place.FILE)) {
                move(source, held);
            }
            load(target.with(MigrationCapability.MAPPED_RAM), new Endpoint.File(image(), 0));
            assertSame(source, target);
        }
    }

    private HandmadeStream stream(long... pages) throws IOException {
        return HandmadeStream.of("godwit-test-1").start(pages);
    }

    private byte[] devices(long counter) throws Exception {
        return HandmadeStream.devices(dir, counter);
    }

    /** A background snapshot has no END of ram. */
    @ParameterizedTest
    @EnumSource
    void theFirstDeviceAfterSomeRamShowsThatTheRamIsOver(Place place) throws Exception {
        try (HeldSide held = held(place); Side target = Side.waiting(8)) {
            arrive(held, stream(8).part().page("pc.ram", 3, 33).eos().part().zero("pc.ram", 4).eos().bytes(devices(7))
                    .take());
            move(held, target);
            assertThat(target.guest.read(3)).isEqualTo(33);
            assertThat(target.guest.device().counter).isEqualTo(7);
            assertThat(target.run.state()).isEqualTo(RunState.PAUSED);
        }
    }

    /** However a page comes, and wherever it is in the meantime, its last content counts. */
    @ParameterizedTest
    @EnumSource
    void pagesComeInAnyOrderAndTheLastContentCounts(Place place) throws Exception {
        try (HeldSide held = held(place).with(MigrationCapability.MAPPED_RAM);
                Side wired = Side.waiting(300, 4);
                Side loaded = Side.waiting(300, 4).with(MigrationCapability.MAPPED_RAM)) {
            HandmadeStream stream = stream(300, 4).part();
            for (int page = 299; page >= 40; page -= 2) { // backwards: nothing is next to what came before
                stream.page("pc.ram", page, page);
            }
            for (int page = 40; page < 300; page += 2) {
                stream.page("pc.ram", page, page);
            }
            stream.page("rom1", 0, 100).page("pc.ram", 0, 1).page("pc.ram", 1, 2)
                    .delta("pc.ram", 1, 22) // on what has not been written out yet
                    .delta("pc.ram", 2, 3) // on a page that never came
                    .page("pc.ram", 3, 4).zero("pc.ram", 3) // zero after something
                    .eos();
            stream.part().page("pc.ram", 4, 5).zero("pc.ram", 4).page("pc.ram", 4, 55) // and something again
                    .zero("pc.ram", 5).page("pc.ram", 6, 6).page("pc.ram", 6, 66) // twice in a row
                    .zero("pc.ram", 0).delta("pc.ram", 0, 11) // a change of what was made zero
                    .eos();
            Files.write(dir.resolve("stream"), stream.end().delta("rom1", 0, 111).eos().bytes(devices(7)).take());
            load(held.without(), file("stream"));
            save(held.with(MigrationCapability.MAPPED_RAM), file("went"));
            load(loaded, file("went"));
            move(held.without(), wired);
            long[] expected = {11, 22, 3, 0, 55, 0, 66, 0};
            for (int page = 0; page < 304; page++) {
                long value = page < 8 ? expected[page] : page < 40 ? 0 : page < 300 ? page : page == 300 ? 111 : 0;
                assertThat(held.read(page)).as("held page %d", page).isEqualTo(value);
                assertThat(wired.guest.read(page)).as("page %d over a wire", page).isEqualTo(value);
                assertThat(loaded.guest.read(page)).as("page %d from a file", page).isEqualTo(value);
            }
            // What a delta leaves alone is what was there.
            assertThat(held.read(0, 0)).isZero();
            assertThat(held.read(1, 0)).isEqualTo(2);
            assertThat(held.read(2, 0)).isZero();
            assertThat(held.read(300, 0)).isEqualTo(100);
        }
    }

    @Test
    void aPageOfAFileThatBecameZeroIsAHole() throws Exception {
        try (HeldSide held = held(Place.FILE)) {
            arrive(held, stream(8).part().page("pc.ram", 0, 1).page("pc.ram", 1, 2).page("pc.ram", 2, 3).eos()
                    .part().zero("pc.ram", 1).eos().bytes(devices(7)).take());
            try (Fd file = Fd.open(image(), Set.of(OpenFlag.READ), 0)) {
                assertThat(file.nextHole(FIRST_PAGE)).isEqualTo(FIRST_PAGE + PAGE);
                assertThat(file.nextData(FIRST_PAGE + PAGE)).isEqualTo(FIRST_PAGE + 2 * PAGE);
            }
        }
    }

    @Test
    void pagesInMemoryThatWereOnlyEverZeroTakeNone() throws Exception {
        try (HeldSide held = held(Place.MEMORY)) {
            HandmadeStream stream = stream(400).part().page("pc.ram", 399, 1);
            for (int page = 0; page < 399; page++) {
                stream.zero("pc.ram", page);
            }
            arrive(held, stream.eos().bytes(devices(7)).take());
            assertThat(held.guest.info().orElseThrow().blocks().getFirst().presentPages()).isEqualTo(1);
        }
    }

    @Test
    void aPingIsAnsweredWhereverItStands() throws Exception {
        try (HeldSide held = held(Place.MEMORY)) {
            IncomingMigration in = held.await(socket());
            try (SocketChannel peer = SocketChannel.open(UnixDomainSocketAddress.of(socket().path()))) {
                HandmadeStream stream = HandmadeStream.of("godwit-test-1");
                assertThat(ask(peer, stream.command(1).command(2, 1))).isEqualTo("00020004" + "00000001");
                assertThat(ask(peer, stream.start(8).command(2, 77))).isEqualTo("00020004" + "0000004d");
                assertThat(ask(peer, stream.part().page("pc.ram", 1, 2).eos().command(2, -1)))
                        .isEqualTo("00020004" + "ffffffff");
                byte[] devices = devices(7);
                int eof = HandmadeStream.eofOf(devices);
                assertThat(ask(peer, stream.end().eos().bytes(Arrays.copyOf(devices, eof))
                        .command(2, StreamCommand.Ping.LOADED))).isEqualTo("00020004" + "60d317ed");
                assertThat(held.guest.info()).isEmpty();
                assertThat(ask(peer, stream.bytes(Arrays.copyOfRange(devices, eof, devices.length))))
                        .isEqualTo("00010004" + "00000000");
            }
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(held.read(1)).isEqualTo(2);
            save(held, file("went")); // the PING was no part of what is held
            assertThat(HandmadeStream.devicesOf(Files.readAllBytes(dir.resolve("went")))).isEqualTo(devices(7));
        }
    }

    /** Sends a piece of a stream and returns the eight bytes that come back for it. */
    private static String ask(SocketChannel peer, HandmadeStream stream) throws IOException {
        ByteBuffer piece = ByteBuffer.wrap(stream.take());
        while (piece.hasRemaining()) {
            peer.write(piece);
        }
        ByteBuffer answer = ByteBuffer.allocate(8);
        while (answer.hasRemaining() && peer.read(answer) >= 0) {
            // on
        }
        return HEX.formatHex(answer.array(), 0, answer.position());
    }

    @ParameterizedTest
    @EnumSource
    void whatArrivesNextTakesThePlaceOfWhatIsThere(Place place) throws Exception {
        try (Side first = Side.running(PAGES); HeldSide held = held(place); Side target = Side.waiting(2, 2)) {
            move(first, held);
            RamBlock old = held.guest.ram().getFirst();
            arrive(held, stream(2, 2).part().page("pc.ram", 1, 11).page("rom1", 0, 12).eos().bytes(devices(7)).take());
            if (old instanceof MemoryBlock memory) {
                assertThatThrownBy(() -> memory.memory().hostAddress()).hasMessage("mapping is closed");
            }
            move(held, target);
            assertThat(target.guest.read(1)).isEqualTo(11);
            assertThat(target.guest.read(2)).isEqualTo(12);
            assertThat(target.guest.device().counter).isEqualTo(7);
        }
    }

    /** Otherwise it could be sent away while it is being replaced. */
    @Test
    void isAwaitedFromTheMomentTheCommandReturns() throws Exception {
        try (Side source = Side.running(1); HeldSide held = held(Place.MEMORY)) {
            move(source, held);
            IncomingMigration in = held.await(socket());
            assertThat(held.run.state()).isEqualTo(RunState.INMIGRATE);
            in.breakOff();
            in.join();
            assertThat(held.run.state()).isEqualTo(RunState.PAUSED);
        }
    }

    @Test
    void isNotReplacedWhileSomebodyLooksAtIt() throws Exception {
        try (Side source = Side.running(PAGES); HeldSide held = held(Place.MEMORY)) {
            move(source, held);
            IncomingMigration in = held.await(socket());
            try (SocketChannel peer = SocketChannel.open(UnixDomainSocketAddress.of(socket().path()))) {
                byte[] next = stream(1).part().page("pc.ram", 0, 99).eos().bytes(devices(7)).take();
                long seen = held.run.whileStill(() -> {
                    peer.write(ByteBuffer.wrap(next));
                    Eventually.until("all has come and waits", () -> Thread.getAllStackTraces().keySet().stream()
                            .anyMatch(thread -> thread.getName().equals("migration-incoming")
                                    && thread.getState() == Thread.State.BLOCKED));
                    return held.read(PAGES - 1);
                });
                assertThat(seen).isEqualTo(PAGES);
            }
            Eventually.status(in.state(), MigrationStatus.COMPLETED);
            assertThat(held.read(0)).isEqualTo(99);
        }
    }

    @Test
    void closingItGivesItsMemoryBack() throws Exception {
        long address;
        try (Side source = Side.running(PAGES); HeldSide held = held(Place.MEMORY)) {
            move(source, held);
            address = ((MemoryBlock) held.guest.ram().getFirst()).memory().hostAddress();
            assertThat(ProcessResources.isMapped(address)).isTrue();
        }
        assertThat(ProcessResources.isMapped(address)).isFalse();
    }

    @Test
    void cannotRun() throws Exception {
        try (Side source = Side.running(1); HeldSide held = held(Place.MEMORY)) {
            move(source, held);
            assertThatThrownBy(held.run::cont).isInstanceOf(MigrationException.Refused.class)
                    .hasMessageStartingWith("This guest is only held here (--accel none) and cannot run");
        }
    }
}
