package io.godwit.engine.guest.kvm;

import java.io.IOException;

/**
 * COM1: a 16550A UART, after National Semiconductor's data sheet. The line is infinitely fast: what is written is sent at
 * once, and the receiver's FIFO is deep enough never to overrun before its sender is told to wait. Any thread may call.
 */
final class Uart {
    /** Its first port; it has eight. */
    static final int PORT = 0x3f8;
    static final int PORTS = 8;
    static final int IRQ = 4;
    /** Input beyond this is dropped. */
    static final int FIFO_BYTES = 1024;

    private static final int IER_RECEIVED = 1;
    private static final int IER_TRANSMITTER_EMPTY = 2;
    private static final int IER_BITS = 0x0f;
    private static final int IIR_NONE = 1;
    private static final int IIR_TRANSMITTER_EMPTY = 2;
    private static final int IIR_RECEIVED = 4;
    private static final int IIR_TIMEOUT = 0x0c;
    private static final int IIR_FIFOS_ON = 0xc0;
    private static final int FCR_ENABLE = 1;
    private static final int FCR_CLEAR_RECEIVER = 2;
    private static final int LCR_DIVISOR_LATCH = 0x80;
    private static final int MCR_OUT2 = 8; // lets the interrupt out to the bus
    private static final int MCR_LOOPBACK = 0x10;
    private static final int MCR_BITS = 0x1f;
    private static final int LSR_DATA_READY = 1;
    private static final int LSR_TRANSMITTER_IDLE = 0x60; // holding and shift register empty, always
    private static final int MSR_PEER_PRESENT = 0xb0; // carrier, data set ready, clear to send
    private static final int[] TRIGGER_BYTES = {1, 4, 8, 14};

    /** Where the line's other side is. */
    interface Sender {
        /** Sends one byte, 0 to 255, without ever waiting. */
        void send(int value);
    }

    /** The interrupt controller's input. */
    interface IrqLine {
        void set(boolean high) throws IOException;
    }

    private final Sender sender;
    private final IrqLine irqLine;
    private final UartState state = new UartState();
    private boolean irqHigh;

    Uart(Sender sender, IrqLine irqLine) {
        this.sender = sender;
        this.irqLine = irqLine;
    }

    static boolean at(int port) {
        return port >= PORT && port < PORT + PORTS;
    }

    /** The guest reads a register, 0 to 7. */
    synchronized int read(int register) throws IOException {
        int value = switch (register) {
            case 0 -> divisorLatched() ? state.divisor & 0xff : takeReceived();
            case 1 -> divisorLatched() ? state.divisor >>> 8 : state.ier;
            case 2 -> identifyInterrupt();
            case 3 -> state.lcr;
            case 4 -> state.mcr;
            case 5 -> LSR_TRANSMITTER_IDLE | (state.received() > 0 ? LSR_DATA_READY : 0);
            case 6 -> modemStatus();
            case 7 -> state.scratch;
            default -> throw new IllegalArgumentException("register " + register);
        };
        updateIrq();
        return value;
    }

    /** The guest writes a register, 0 to 7. */
    synchronized void write(int register, int value) throws IOException {
        switch (register) {
            case 0 -> writeData(value);
            case 1 -> writeInterruptEnable(value);
            case 2 -> writeFifoControl(value);
            case 3 -> state.lcr = value;
            case 4 -> state.mcr = value & MCR_BITS;
            case 5, 6 -> {
                // Status registers: writes are for the factory's tests.
            }
            case 7 -> state.scratch = value;
            default -> throw new IllegalArgumentException("register " + register);
        }
        updateIrq();
    }

    /** A byte arrives from the other side. Dropped when {@link #FIFO_BYTES} wait already, or in loopback. */
    synchronized void receive(int value) throws IOException {
        if ((state.mcr & MCR_LOOPBACK) == 0) {
            state.addReceived(value);
            updateIrq();
        }
    }

    /** As after power-on; what arrived and was not read is lost. */
    synchronized void reset() throws IOException {
        replaceState(new UartState());
    }

    /** A copy. */
    synchronized UartState state() {
        return state.copy();
    }

    /** Takes over {@code replacement}'s values. */
    synchronized void replaceState(UartState replacement) throws IOException {
        state.copyFrom(replacement);
        irqHigh = !interruptPending(); // whatever the controller believes: tell it
        updateIrq();
    }

    private boolean divisorLatched() {
        return (state.lcr & LCR_DIVISOR_LATCH) != 0;
    }

    private int takeReceived() {
        return state.received() > 0 ? state.takeReceived() : 0;
    }

    private void writeData(int value) {
        if (divisorLatched()) {
            state.divisor = (state.divisor & 0xff00) | value;
            return;
        }
        if ((state.mcr & MCR_LOOPBACK) != 0) {
            state.addReceived(value);
        } else {
            sender.send(value);
        }
        state.transmitterEmptyPending = true;
    }

    private void writeInterruptEnable(int value) {
        if (divisorLatched()) {
            state.divisor = (state.divisor & 0xff) | (value << 8);
            return;
        }
        if ((value & ~state.ier & IER_TRANSMITTER_EMPTY) != 0) {
            state.transmitterEmptyPending = true; // switching it on tells of an empty transmitter, too
        }
        state.ier = value & IER_BITS;
    }

    private void writeFifoControl(int value) {
        boolean switched = ((value ^ state.fcr) & FCR_ENABLE) != 0;
        if (switched || (value & FCR_CLEAR_RECEIVER) != 0) {
            state.clearReceived();
        }
        // Without the enable bit the others cannot be written; the clear bits clear themselves.
        state.fcr = (value & FCR_ENABLE) == 0 ? 0 : value & 0xc9;
    }

    /** The most urgent of the pending interrupts. */
    private int pendingInterrupt() {
        if ((state.ier & IER_RECEIVED) != 0 && state.received() > 0) {
            boolean fifosOn = (state.fcr & FCR_ENABLE) != 0;
            boolean belowTrigger = state.received() < TRIGGER_BYTES[state.fcr >>> 6];
            return fifosOn && belowTrigger ? IIR_TIMEOUT : IIR_RECEIVED;
        }
        if ((state.ier & IER_TRANSMITTER_EMPTY) != 0 && state.transmitterEmptyPending) {
            return IIR_TRANSMITTER_EMPTY;
        }
        return IIR_NONE;
    }

    private boolean interruptPending() {
        return pendingInterrupt() != IIR_NONE && (state.mcr & MCR_OUT2) != 0;
    }

    private int identifyInterrupt() {
        int pending = pendingInterrupt();
        if (pending == IIR_TRANSMITTER_EMPTY) {
            state.transmitterEmptyPending = false; // told
        }
        return pending | ((state.fcr & FCR_ENABLE) != 0 ? IIR_FIFOS_ON : 0);
    }

    /** In loopback the modem's outputs are its inputs: RTS is CTS, DTR is DSR, OUT1 is RI, OUT2 is DCD. */
    private int modemStatus() {
        if ((state.mcr & MCR_LOOPBACK) == 0) {
            return MSR_PEER_PRESENT;
        }
        return ((state.mcr & 2) << 3) | ((state.mcr & 1) << 5) | ((state.mcr & 0x0c) << 4);
    }

    private void updateIrq() throws IOException {
        boolean pending = interruptPending();
        if (pending != irqHigh) {
            irqHigh = pending;
            irqLine.set(pending);
        }
    }
}
