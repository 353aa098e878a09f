package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.guest.Device;
import io.godwit.engine.linux.KvmRegisters;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceStateTest {
    private static final int MSR_COUNT = Arrays.stream(KvmRegisters.values()).mapToInt(KvmRegisters::byteSize).sum();

    private TestGuest it;

    @SuppressWarnings("NullAway.Init")
    DeviceStateTest() {}

    @BeforeEach
    void guest() throws IOException {
        KvmPeer.require();
        it = TestGuest.incoming(1 << 20, 2);
    }

    @AfterEach
    void close() {
        it.close();
    }

    private Device device(String name) {
        return it.guest.devices().stream().filter(device -> device.name().equals(name)).findFirst().orElseThrow();
    }

    @Test
    void devicesComeInTheOrderInWhichTheyMustBeLoaded() {
        assertThat(it.guest.devices().stream().map(device -> device.name() + " " + device.instanceId()))
                .isEqualTo(List.of("cpu 0", "cpu 1", "pic 0", "pic 1", "ioapic 0", "pit 0", "kvmclock 0", "uart 0",
                        "balloon 0"));
    }

    @Test
    void everyDeviceTakesBackWhatItGave() throws IOException {
        for (Device device : it.guest.devices()) {
            var body = new DeviceBody(DeviceBody.of(device));
            device.load(body, device.version());
            assertThat(body.remaining()).as(device.name()).isZero();
        }
    }

    @Test
    void truncatedBodiesAreRefused() throws IOException {
        for (Device device : it.guest.devices()) {
            byte[] body = DeviceBody.of(device);
            for (int length : new int[]{0, 1, body.length / 2, body.length - 1}) {
                assertThatThrownBy(() -> device.load(new DeviceBody(Arrays.copyOf(body, length)), 1))
                        .as("%s of %d bytes", device.name(), length).isInstanceOf(EOFException.class);
            }
        }
    }

    /** Fills a piece of the body with a byte. CPU offsets count from the part that is named. */
    @ParameterizedTest(name = "{0}: {2} bytes at {1} of {4} are {3}: {5}")
    @CsvSource({"cpu, 224, 8, 0xff, sregs, sregs", "cpu, 264, 8, 0xff, sregs, sregs", "cpu, 0, 4, 0xff, xcrs, xcrs",
            "cpu, 512, 8, 0xff, xsave, xsave", "cpu, 0, 4, 0x7f, mp_state, mp_state",
            "cpu, 4, 0, 0, mp_state, ''", "pit, 0, 4, 0xff, '', channels[0].count",
            "pit, 13, 1, 9, '', channels[0].mode",
            "pit, 63, 1, 2, '', channels[2].gate", "kvmclock, 0, 8, 0xff, '', clock", "uart, 2, 1, 0xff, '', ier",
            "uart, 3, 1, 0xff, '', fcr", "uart, 5, 1, 0xff, '', mcr", "uart, 7, 1, 2, '', transmitter_empty_pending",
            "uart, 8, 2, 0xff, '', received_count"})
    void hostileStateIsAnErrorThatNamesDeviceAndField(String name, int offset, int length, String fill, String part,
            String field) throws IOException {
        Device device = device(name);
        byte[] body = DeviceBody.of(device);
        int from = offset + offsetOf(part);
        Arrays.fill(body, from, from + length, (byte) (int) Integer.decode(fill));
        if (field.isEmpty()) {
            device.load(new DeviceBody(body), 1); // the row that shows that an untouched body is fine
        } else {
            assertThatThrownBy(() -> device.load(new DeviceBody(body), 1)).isInstanceOf(IOException.class)
                    .hasMessageContaining(field).hasMessageMatching("(?i).*(" + name + ").*");
        }
    }

    private static int offsetOf(String part) {
        int offset = 0;
        for (KvmRegisters registers : KvmRegisters.values()) {
            if (part.isEmpty() || registers.fieldName().equals(part)) {
                return offset;
            }
            offset += registers.byteSize();
        }
        throw new IllegalArgumentException(part);
    }

    @Test
    void moreMsrsThanAnyProcessorHasAreRefused() throws IOException {
        byte[] body = DeviceBody.of(device("cpu"));
        body[MSR_COUNT + 2] = 3;
        assertThatThrownBy(() -> device("cpu").load(new DeviceBody(body), 1)).isInstanceOf(IOException.class)
                .hasMessageMatching("cpu 0: msr_count \\d+, at most 512");
        body[MSR_COUNT] = (byte) 0xff;
        assertThatThrownBy(() -> device("cpu").load(new DeviceBody(body), 1)).hasMessageContaining("msr_count 42");
    }

    @Test
    void msrThatThisHostDoesNotHaveIsNamed() throws IOException {
        byte[] body = DeviceBody.of(device("cpu"));
        Arrays.fill(body, MSR_COUNT + 4, MSR_COUNT + 8, (byte) 0x7a);
        assertThatThrownBy(() -> device("cpu").load(new DeviceBody(body), 1)).isInstanceOf(IOException.class)
                .hasMessageContaining("MSR 0x7a7a7a7a");
    }

    @Test
    void guestWithNonsensicalButAcceptedStateCrashesAloneOrNotAtAll() throws Exception {
        Device cpu = device("cpu");
        byte[] body = DeviceBody.of(cpu);
        Arrays.fill(body, offsetOf("regs"), offsetOf("regs") + KvmRegisters.REGS.byteSize() - 8, (byte) 0xa5);
        cpu.load(new DeviceBody(body), 1);
        it.guest.resume();
        it.guest.pause();
        it.guest.reset();
        it.guest.resume();
        it.line.awaitLines(1);
    }
}
