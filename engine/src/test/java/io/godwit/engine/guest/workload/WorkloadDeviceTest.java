package io.godwit.engine.guest.workload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.engine.freepages.Balloon;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkloadDeviceTest {
    private static final long RAM_PAGES = 1000;

    private final Program program = new Program(new WorkloadPlan(2, 100, 9, 10, 7), 3);
    private final Balloon balloon = new Balloon(RAM_PAGES, () -> {});
    private final WorkloadDevice device = new WorkloadDevice(program, RAM_PAGES, balloon);

    /** Thread 0 has ended its part of the hog and is in its fifth pass, thread 1 in the middle of its fill. */
    WorkloadDeviceTest() {
        program.position(0).filled = 50;
        program.position(0).hogged = 5;
        program.position(0).freed = true;
        program.position(0).pass = 4;
        program.position(0).next = 2;
        program.position(1).filled = 49;
    }

    @Test
    void isWrittenFieldByFieldBigEndian() {
        assertThat(HexFormat.of().formatHex(SavedState.of(device).body().array())).isEqualTo("00000002"
                + "0000000000000003" + "0000000000000064" + "000000000000000a" + "0000000000000007"
                + "0000000000000032" + "0000000000000004" + "0000000000000002"
                + "0000000000000031" + "0000000000000000" + "0000000000000000"
                + "0000000000000009" + "0000000000000005" + "0000000000000000"
                + "00" + "0000000000000000" + "0000000000000000");
    }

    @Test
    void replacesTheProgramAndPositionOfTheDestination() throws IOException {
        var other = new Program(new WorkloadPlan(2, 0, 0, 0), 1);
        var loaded = new WorkloadDevice(other, RAM_PAGES, new Balloon(RAM_PAGES, () -> {}));
        loaded.load(SavedState.of(device), 3);
        assertThat(other.plan()).isEqualTo(program.plan());
        assertThat(SavedState.of(loaded).body()).isEqualTo(SavedState.of(device).body());
        assertThat(other.progress()).isEqualTo(50 + 5 + 4 * 5 + 2 + 49);
        assertThat(other.position(0).freed).isTrue();
        assertThat(other.position(1).freed).isFalse();
    }

    @Test
    void takesTheBalloonAlong() throws IOException {
        balloon.offer();
        balloon.leave(600 * 4096);
        balloon.hold(300);
        var there = new Balloon(RAM_PAGES, () -> {});
        new WorkloadDevice(new Program(new WorkloadPlan(2, 0, 0, 0), 1), RAM_PAGES, there)
                .load(SavedState.of(device), 3);
        assertThat(there.isOffered()).isTrue();
        assertThat(there.targetPages()).isEqualTo(400);
        assertThat(there.heldPages()).isEqualTo(300);
    }

    @Test
    void aBalloonThatCannotBeIsRefused() {
        balloon.offer();
        balloon.hold(901); // of 1000 pages 100 are filled
        var other = new WorkloadDevice(new Program(new WorkloadPlan(2, 0, 0, 0), 1), RAM_PAGES,
                new Balloon(RAM_PAGES, () -> {}));
        assertThatExceptionOfType(MalformedStreamException.class)
                .isThrownBy(() -> other.load(SavedState.of(device), 3))
                .withMessage("workload: balloon_held is 901, at most 900 expected");
    }

    /** As it was before there were hogs. */
    @Test
    void aStateOfVersionOneHasNoHog() throws IOException {
        var other = new Program(new WorkloadPlan(2, 0, 5, 0, 0), 1);
        new WorkloadDevice(other, RAM_PAGES, new Balloon(RAM_PAGES, () -> {})).load(SavedState.of(device), 1);
        assertThat(other.plan()).isEqualTo(new WorkloadPlan(2, 100, 10, 7));
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            12, 1001, fill_pages is 1001
            12, -1, fill_pages is 18446744073709551615
            20, 101, dirty_pages is 101
            28, 1000000001, pages_per_second is
            36, 51, filled0 is 51
            44, -1, pass0 is 18446744073709551615
            52, 5, next0 is 5
            60, 51, filled1 is 51
            68, 1, pass1 is 1
            84, 901, hog_pages is 901
            92, 6, hogged0 is 6
            100, 1, hogged1 is 1
            """)
    void refusesValuesThatCannotBe(int offset, long value, String message) {
        ByteBuffer body = SavedState.of(device).body();
        body.putLong(offset, value);
        assertThatExceptionOfType(MalformedStreamException.class)
                .isThrownBy(() -> device.load(new SavedState(body), 2)).withMessageContaining(message);
    }

    @Test
    void refusesAnotherNumberOfThreads() {
        ByteBuffer body = SavedState.of(device).body();
        body.putInt(0, -2);
        assertThatExceptionOfType(MalformedStreamException.class)
                .isThrownBy(() -> device.load(new SavedState(body), 2))
                .withMessage("workload: state of 4294967294 threads, 2 expected");
    }

    @Test
    void refusesAVersionItDoesNotKnow() {
        assertThatExceptionOfType(MalformedStreamException.class)
                .isThrownBy(() -> device.load(SavedState.of(device), 4)).withMessageContaining("version 4");
    }
}
