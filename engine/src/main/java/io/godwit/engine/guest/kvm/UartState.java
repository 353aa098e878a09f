package io.godwit.engine.guest.kvm;

/** The registers of a {@link Uart} and the bytes that it received. A new one is as after power-on. */
final class UartState {
    private static final int POWER_ON_DIVISOR = 0x0c; // 9600 baud

    int divisor = POWER_ON_DIVISOR;
    int ier;
    int fcr;
    int lcr;
    int mcr = 8;
    int scratch;
    boolean transmitterEmptyPending;

    private final byte[] ring = new byte[Uart.FIFO_BYTES];
    private int head;
    private int count;

    int received() {
        return count;
    }

    /** The oldest; there must be one. */
    int takeReceived() {
        int value = Byte.toUnsignedInt(ring[head]);
        head = (head + 1) % ring.length;
        count--;
        return value;
    }

    /** Drops it when the ring is full. */
    void addReceived(int value) {
        if (count < ring.length) {
            ring[(head + count++) % ring.length] = (byte) value;
        }
    }

    void clearReceived() {
        count = 0;
    }

    UartState copy() {
        var copy = new UartState();
        copy.copyFrom(this);
        return copy;
    }

    void copyFrom(UartState other) {
        divisor = other.divisor;
        ier = other.ier;
        fcr = other.fcr;
        lcr = other.lcr;
        mcr = other.mcr;
        scratch = other.scratch;
        transmitterEmptyPending = other.transmitterEmptyPending;
        System.arraycopy(other.ring, 0, ring, 0, ring.length);
        head = other.head;
        count = other.count;
    }
}
