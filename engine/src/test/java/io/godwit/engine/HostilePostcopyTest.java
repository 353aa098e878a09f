package io.godwit.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.incoming.IncomingMigration;
import io.godwit.engine.linux.DirtyTracking;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Postcopy sources that lie: before the package is whole the migration fails and nothing runs; afterwards it is paused, and what
 * the guest has is kept.
 */
final class HostilePostcopyTest extends EngineTest {
    private static final int PAGES = 4;

    private byte[] devices = {};

    @BeforeEach
    void record() throws Exception {
        DirtyTracking.assume();
        devices = HandmadeStream.devices(dir, 42);
    }

    private static byte[] joined(byte[]... parts) {
        ByteBuffer all = ByteBuffer.allocate(Arrays.stream(parts).mapToInt(part -> part.length).sum());
        for (byte[] part : parts) {
            all.put(part);
        }
        return all.array();
    }

    private static byte[] head() throws IOException {
        return ScriptedSource.head(PAGES).take();
    }

    /** Up to where the guest runs. */
    private byte[] running() throws IOException {
        return joined(head(), ScriptedSource.discard("pc.ram", 0, PAGES), ScriptedSource.packaged(devices));
    }

    /** Sends a stream, and no more, to a guest that waits; returns why it failed or is paused. */
    private String send(byte[] stream, MigrationStatus expected, MigrationCapability... capabilities)
            throws Exception {
        var here = socket();
        try (Side side = Side.waiting(PAGES).with(MigrationCapability.RETURN_PATH, capabilities)) {
            IncomingMigration in = side.await(here);
            try (var source = ScriptedSource.connect(socket().path())) {
                source.send(stream);
                source.end();
                hearAll(source);
                Eventually.until("failed or paused, not " + in.state().status(),
                        () -> in.state().status() == expected);
            }
            String reason = in.errorDesc().orElseThrow();
            if (expected == MigrationStatus.FAILED) {
                assertThat(side.run.state()).isEqualTo(RunState.INMIGRATE);
                assertThat(side.told).doesNotContain("RESUME");
            } else {
                Eventually.until("it runs", () -> side.run.state() == RunState.RUNNING);
            }
            in.breakOff();
            in.join();
            return reason;
        }
    }

    /** So that what is said here never meets a socket that nobody reads. */
    private static void hearAll(ScriptedSource source) {
        try {
            while (!source.heard().startsWith("SHUT")) {
                // It is of no interest here.
            }
        } catch (EOFException e) {
            // It is broken off.
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            08 0003 0010 0000000000001000 0000000000001000 | POSTCOPY_ADVISE at byte %d is out of place
            08 0004 0000                                   | command PostcopyListen[] at byte %d is out of place
            08 0005 0000                                   | command PostcopyRun[] at byte %d is out of place
            08 0009 0000                                   | command PostcopyResume[] at byte %d is out of place
            08 000a 0007 06 70632e72616d                   | command SendReceivedBitmap[block=pc.ram] at byte %d is out of place
            08 0007 0004 00000000                          | package of 0 bytes, expected at most 25165824
            08 0007 0004 ffffffff                          | package of 4294967295 bytes, expected at most 25165824
            08 0007 0004 00000005 08 0005 0000             | the package does not begin with POSTCOPY_LISTEN
            08 0006 0016 00 03 726f6d 00 0000000000000000 0000000000001000       | POSTCOPY_RAM_DISCARD in unknown block 'rom'
            08 0006 0019 00 06 70632e72616d 00 0000000000000000 0000000000005000 | POSTCOPY_RAM_DISCARD of 0x5000 bytes at 0x0 of block 'pc.ram', expected pages of 0x1000 within 0x4000
            08 0006 0019 00 06 70632e72616d 00 0000000000000800 0000000000001000 | POSTCOPY_RAM_DISCARD of 0x1000 bytes at 0x800 of block 'pc.ram', expected pages of 0x1000 within 0x4000
            08 0006 0019 00 06 70632e72616d 00 fffffffffffff000 0000000000001000 | POSTCOPY_RAM_DISCARD of 0x1000 bytes at 0xfffffffffffff000 of block 'pc.ram', expected pages of 0x1000 within 0x4000
            08 0006 0019 00 06 70632e72616d 00 0000000000001000 0000000000000000 | POSTCOPY_RAM_DISCARD of 0x0 bytes at 0x1000 of block 'pc.ram', expected pages of 0x1000 within 0x4000
            08 0006 0019 00 06 70632e72616d 00 0000000000001000 7ffffffffffff000 | POSTCOPY_RAM_DISCARD of 0x7ffffffffffff000 bytes at 0x1000 of block 'pc.ram', expected pages of 0x1000 within 0x4000
            """)
    void refusesWhatIsNoPostcopyBeforeTheGuestRuns(String bytes, String reason) throws Exception {
        byte[] more = HexFormat.of().parseHex(bytes.replace(" ", ""));
        assertThat(send(joined(head(), more), MigrationStatus.FAILED, MigrationCapability.POSTCOPY_RAM)).isEqualTo(
                "load of migration failed: " + reason.formatted(head().length + more.length));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            08 0004 0000                | the package of 5 bytes ends at byte 5, in the middle of a value of 1 bytes
            08 0004 0000 08 0005 0000   | the stream has no device section 'globalstate' 0
            08 0004 0000 00             | section EOF at byte 6 of the package is out of place
            08 0004 0000 08 0004 0000   | the source asks for postcopy (PostcopyListen[]), which is not switched on here
            """)
    void refusesAPackageThatMakesNoGuest(String bytes, String reason) throws Exception {
        byte[] content = HexFormat.of().parseHex(bytes.replace(" ", ""));
        byte[] stream = joined(head(), ScriptedSource.discard("pc.ram", 0, PAGES),
                ScriptedSource.packaged(HandmadeStream.bare().bytes(content)));
        assertThat(send(stream, MigrationStatus.FAILED, MigrationCapability.POSTCOPY_RAM))
                .isEqualTo("load of migration failed: " + reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            02 00000001 0000000000004008 06 70632e72616d | page at offset 0x4000 of block 'pc.ram' (byte %d), expected below 0x4000
            02 00000001 fffffffffffff008 06 70632e72616d | page at offset 0xfffffffffffff000 of block 'pc.ram' (byte %d), expected below 0x4000
            02 00000001 0000000000000008 03 726f6d       | unknown RAM block 'rom' at byte %d
            02 00000001 0000000000000028                 | RAM record at byte %d continues a block, but none has been named on this connection
            02 00000001 0000000000000002 06 70632e72616d 01 | page filled with 0x01 at byte %d, expected 0x00
            02 00000001 0000000000000040 06 70632e72616d | RAM record XBZRLE at byte %d is not understood in postcopy
            02 00000001 0000000000004004 06 70632e72616d | RAM record MEM_SIZE at byte %d is not understood in postcopy
            """)
    void isPausedByRecordsThatLie(String bytes, String reason) throws Exception {
        byte[] stream = joined(running(), HexFormat.of().parseHex(bytes.replace(" ", "")));
        assertThat(send(stream, MigrationStatus.POSTCOPY_PAUSED, MigrationCapability.POSTCOPY_RAM))
                .isEqualTo(reason.formatted(running().length + 5));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            02 00000007  | PART of section 7 at byte %d, which is not open
            00           | EOF at byte %d, before the END of ram
            04 00000002  | section FULL at byte %d is out of place in postcopy
            08 0009 0000 | command PostcopyResume[], but nothing is to be recovered
            08 0004 0000 | command PostcopyListen[] is out of place in postcopy
            """)
    void isPausedBySectionsOutOfPlace(String bytes, String reason) throws Exception {
        byte[] more = HexFormat.of().parseHex(bytes.replace(" ", ""));
        int at = running().length + (more[0] == 2 ? 5 : 1);
        assertThat(send(joined(running(), more), MigrationStatus.POSTCOPY_PAUSED, MigrationCapability.POSTCOPY_RAM))
                .isEqualTo(reason.formatted(at));
    }

    @Test
    void aStreamCutAnywhereBeforeThePackageIsWholeFailsAndRightAfterItRuns() throws Exception {
        byte[] whole = running();
        for (int length = 1; length < whole.length; length += length < head().length ? 7 : 31) {
            assertThat(send(Arrays.copyOf(whole, length), MigrationStatus.FAILED, MigrationCapability.POSTCOPY_RAM))
                    .as("cut at %d of %d", length, whole.length).contains("the stream ends at byte");
        }
        assertThat(send(whole, MigrationStatus.POSTCOPY_PAUSED, MigrationCapability.POSTCOPY_RAM))
                .contains("the stream ends at byte");
    }

    @Test
    void refusesPostcopyThatIsNotSwitchedOn() throws Exception {
        assertThat(send(head(), MigrationStatus.FAILED)).contains("which is not switched on here");
    }

    @Test
    void refusesOtherPageSizes() throws Exception {
        byte[] huge = ScriptedSource.advised(HandmadeStream.of("godwit-test-1"), 0x201000).start(PAGES).take();
        assertThat(send(huge, MigrationStatus.FAILED, MigrationCapability.POSTCOPY_RAM)).isEqualTo(
                "load of migration failed: the source's RAM has pages of 0x201000 bytes, this guest's 0x1000: postcopy needs"
                        + " the same (--ram)");
        byte[] odd = ScriptedSource.advised(HandmadeStream.of("godwit-test-1"), 0x1003).start(PAGES).take();
        assertThat(send(odd, MigrationStatus.FAILED, MigrationCapability.POSTCOPY_RAM)).isEqualTo(
                "load of migration failed: page sizes 0x1003 in POSTCOPY_ADVISE, expected 4 KiB, 2 MiB or 1 GiB");
    }

    @Test
    void waitsForTheSecondConnectionOfPreemptAndSaysSoWhenTheFirstIsLost() throws Exception {
        assertThat(send(running(), MigrationStatus.FAILED, MigrationCapability.POSTCOPY_RAM,
                MigrationCapability.POSTCOPY_PREEMPT))
                .contains("the source's second connection did not come, set postcopy-preempt at both sides");
    }
}
