package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class UartTest {
    private static final int DATA = 0;
    private static final int IER = 1;
    private static final int IIR = 2;
    private static final int FCR = 2;
    private static final int LCR = 3;
    private static final int MCR = 4;
    private static final int LSR = 5;
    private static final int MSR = 6;

    private final StringBuilder sent = new StringBuilder();
    private final List<Boolean> irq = new ArrayList<>();
    private final Uart uart = new Uart(value -> sent.append((char) value), irq::add);

    private boolean irqIsHigh() {
        return !irq.isEmpty() && irq.getLast();
    }

    @ParameterizedTest(name = "register {0}: after power-on {1}; after a write of all ones {2}")
    @CsvSource({"1, 0x00, 0x0f", "3, 0x00, 0xff", "4, 0x08, 0x1f", "5, 0x60, 0x60", "6, 0xb0, 0xb0", "7, 0x00, 0xff"})
    void registersKeepTheBitsTheyHave(int register, String fresh, String written) throws IOException {
        assertThat(uart.read(register)).isEqualTo(Integer.decode(fresh));
        uart.write(register, 0xff);
        assertThat(uart.read(register)).isEqualTo(Integer.decode(written));
    }

    @Test
    void divisorLatchHidesDataAndInterruptEnable() throws IOException {
        uart.write(LCR, 0x83);
        uart.write(DATA, 0x34);
        uart.write(IER, 0x12);
        assertThat(uart.read(DATA)).isEqualTo(0x34);
        assertThat(uart.read(IER)).isEqualTo(0x12);
        uart.write(LCR, 0x03);
        assertThat(uart.read(IER)).isZero();
        assertThat(sent).isEmpty();
    }

    @Test
    void writtenByteIsSentAtOnceAndTheTransmitterIsEmptyAgain() throws IOException {
        uart.write(DATA, 'x');
        assertThat(sent).hasToString("x");
        assertThat(uart.read(LSR)).isEqualTo(0x60);
        assertThat(irq).isEmpty();
    }

    @Test
    void enablingTheTransmitterInterruptRaisesItAndReadingItsNameEndsIt() throws IOException {
        uart.write(IER, 2);
        assertThat(irqIsHigh()).isTrue();
        assertThat(uart.read(IIR)).isEqualTo(2);
        assertThat(irqIsHigh()).isFalse();
        assertThat(uart.read(IIR)).isEqualTo(1);
        uart.write(DATA, 'x');
        assertThat(irqIsHigh()).isTrue();
    }

    @Test
    void receivedBytesAreReadInOrderAndInterruptUntilTheLastIsRead() throws IOException {
        uart.write(IER, 1);
        uart.receive('a');
        uart.receive('b');
        assertThat(irqIsHigh()).isTrue();
        assertThat(uart.read(LSR)).isEqualTo(0x61);
        assertThat(uart.read(IIR)).isEqualTo(4);
        assertThat(uart.read(DATA)).isEqualTo('a');
        assertThat(irqIsHigh()).isTrue();
        assertThat(uart.read(DATA)).isEqualTo('b');
        assertThat(irqIsHigh()).isFalse();
        assertThat(uart.read(LSR)).isEqualTo(0x60);
    }

    @Test
    void receiverComesBeforeTransmitter() throws IOException {
        uart.write(IER, 3);
        uart.receive('a');
        assertThat(uart.read(IIR)).isEqualTo(4);
        assertThat(uart.read(DATA)).isEqualTo('a');
        assertThat(uart.read(IIR)).isEqualTo(2);
    }

    @Test
    void withFifosFewerBytesThanTheTriggerAreATimeout() throws IOException {
        uart.write(IER, 1);
        uart.write(FCR, 0x41); // on, trigger at 4
        assertThat(uart.read(IIR)).isEqualTo(0xc1);
        uart.receive('a');
        assertThat(uart.read(IIR)).isEqualTo(0xcc);
        for (int i = 0; i < 3; i++) {
            uart.receive('b');
        }
        assertThat(uart.read(IIR)).isEqualTo(0xc4);
        uart.write(FCR, 0x43); // clear the receiver
        assertThat(uart.read(IIR)).isEqualTo(0xc1);
    }

    @Test
    void interruptsLeaveTheChipThroughOut2Only() throws IOException {
        uart.write(MCR, 0);
        uart.write(IER, 2);
        assertThat(irqIsHigh()).isFalse();
        uart.write(MCR, 8);
        assertThat(irqIsHigh()).isTrue();
    }

    @Test
    void loopbackSendsToItselfAndItsModemLines() throws IOException {
        uart.write(MCR, 0x1f);
        uart.write(DATA, 'x');
        uart.receive('y');
        assertThat(sent).isEmpty();
        assertThat(uart.read(DATA)).isEqualTo('x');
        assertThat(uart.read(LSR)).isEqualTo(0x60);
        assertThat(uart.read(MSR)).isEqualTo(0xf0);
        uart.write(MCR, 0x12);
        assertThat(uart.read(MSR)).isEqualTo(0x10);
    }

    @Test
    void inputBeyondItsRoomIsDropped() throws IOException {
        for (int i = 0; i < Uart.FIFO_BYTES + 10; i++) {
            uart.receive(i);
        }
        for (int i = 0; i < Uart.FIFO_BYTES; i++) {
            assertThat(uart.read(DATA)).isEqualTo(i & 0xff);
        }
        assertThat(uart.read(LSR)).isEqualTo(0x60);
    }

    @Test
    void stateTravels() throws IOException {
        uart.write(LCR, 0x83);
        uart.write(DATA, 1);
        uart.write(IER, 0);
        uart.write(LCR, 3);
        uart.write(FCR, 0x81);
        uart.write(IER, 3);
        uart.write(7, 0x5a);
        uart.receive('a');
        uart.receive('b');
        List<Boolean> otherIrq = new ArrayList<>();
        Uart other = new Uart(value -> {}, otherIrq::add);
        new UartDevice(other).load(new DeviceBody(DeviceBody.of(new UartDevice(uart))), 1);
        assertThat(otherIrq).containsExactly(true);
        assertThat(other.read(7)).isEqualTo(0x5a);
        assertThat(other.read(IER)).isEqualTo(3);
        assertThat(other.read(IIR)).isEqualTo(0xcc);
        assertThat(other.read(DATA)).isEqualTo('a');
        assertThat(other.read(DATA)).isEqualTo('b');
        assertThat(other.read(IIR)).isEqualTo(0xc2);
        assertThat(uart.read(DATA)).as("saving takes nothing away").isEqualTo('a');
    }
}
