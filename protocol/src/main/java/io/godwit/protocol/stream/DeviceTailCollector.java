package io.godwit.protocol.stream;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Takes a device tail byte by byte and tells when it is whole. Its sections have no lengths, and a socket may stay open
 * after them; what tells the end is the VM description, whose sizes have to lead from the first byte to the EOF before it.
 *
 * <pre>
 * FULL section *
 *   ... 7e be32 id [08 0002 0004 be32 ping] 00 06 be32 n '{' ... '}'
 *                  only from Godwit          ^ a possible end, until n bytes say whether it is one
 * </pre>
 *
 * Only one possible end is open at a time: each begins with a NUL, and JSON holds none. So every byte is looked at a fixed
 * number of times, however the peer arranges them.
 */
public final class DeviceTailCollector {
    private static final int MAX_ATTEMPTS = 256;
    private static final int INITIAL_BYTES = 64 << 10;
    private static final int FOOTER_BYTES = 5;
    private static final int DESCRIPTION_HEADER_BYTES = 5;
    private static final int PING_BYTES = 9;
    private static final int NOWHERE = -1;

    private final int pingValue;
    private byte[] bytes = new byte[INITIAL_BYTES];
    private int count;
    private boolean pinged;
    private int eof = NOWHERE;
    private int end = NOWHERE;
    private int attempts;
    private @Nullable DeviceTail tail;
    private @Nullable String refusal;

    /** What a byte has led to. */
    public enum Progress {
        MORE,
        /** The source waits for a PONG; its PING is no part of the tail. */
        PING,
        /** That was the last byte. */
        WHOLE
    }

    /** A PING of {@code pingValue} between the last section and the EOF is reported; bytes that only look like one are not. */
    public DeviceTailCollector(int pingValue) {
        this.pingValue = pingValue;
    }

    /** Answers the PING that a source may send before the end. */
    @FunctionalInterface
    public interface Pinged {
        void answer() throws IOException;
    }

    /** Reads a tail from behind its first section's type byte to its end, and not a byte more. {@code pinged} answers the PING {@link StreamCommand.Ping#LOADED}. */
    public static DeviceTail collect(WireInput in, Pinged pinged) throws IOException {
        var collector = new DeviceTailCollector(StreamCommand.Ping.LOADED);
        Progress progress = collector.accept(SectionType.FULL.code());
        try {
            while (progress != Progress.WHOLE) {
                progress = collector.accept(in.u8());
                if (progress == Progress.PING) {
                    pinged.answer();
                }
            }
        } catch (EOFException e) {
            String why = collector.refusal().map(reason -> ": " + reason)
                    .orElse(" that ends with a description of it (a machine with suppress-vmdesc=on cannot be held)");
            throw new MalformedStreamException("the stream ends at byte %d without a device state%s"
                    .formatted(in.position(), why));
        }
        return collector.tail();
    }

    /** Takes the next byte, the first section's type byte first. */
    public Progress accept(int octet) throws MalformedStreamException {
        append(octet);
        if (octet == 0) {
            end = NOWHERE;
        } else if (octet == '{') {
            openEnd();
        }
        if (count == end && closeEnd()) {
            return Progress.WHOLE;
        }
        if (endsWithPing()) {
            count -= PING_BYTES;
            pinged = true;
            return Progress.PING;
        }
        return Progress.MORE;
    }

    /** What was collected, once it is {@link Progress#WHOLE}. */
    public DeviceTail tail() {
        if (tail == null) {
            throw new IllegalStateException("the device tail is not whole");
        }
        return tail;
    }

    /** Why what last looked like the end was none: the thing to say when no end comes. */
    public Optional<String> refusal() {
        return Optional.ofNullable(refusal);
    }

    private void append(int octet) throws MalformedStreamException {
        if (tail != null) {
            throw new IllegalStateException("the device tail is whole");
        }
        if (count == 0 && octet != SectionType.FULL.code() && octet != SectionType.EOF.code()) {
            throw new MalformedStreamException(
                    "device state begins with 0x%02x, expected FULL (0x04) or EOF (0x00)".formatted(octet));
        }
        if (count == DeviceTail.MAX_BYTES) {
            throw new MalformedStreamException("no end of the device state in %d bytes%s".formatted(count,
                    refusal == null ? "" : "; what looked like it: " + refusal));
        }
        if (count == bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.min(2 * count, DeviceTail.MAX_BYTES));
        }
        bytes[count++] = (byte) octet;
    }

    /**
     * The last byte is the first of a description if what stands before it fits. Should one be open, the later wins: real
     * JSON does not have a second brace so near to its first that the two could share the NUL.
     */
    private void openEnd() {
        int first = count - 1;
        int at = first - DESCRIPTION_HEADER_BYTES - 1;
        if (at < 0 || bytes[at] != SectionType.EOF.code() || bytes[at + 1] != SectionType.VMDESCRIPTION.code()) {
            return;
        }
        int length = int32(at + 2);
        if (length >= 2 && length <= VmDescription.MAX_BYTES && (at == 0 || isFooter(at - FOOTER_BYTES))) {
            eof = at;
            end = first + length;
        }
    }

    private boolean isFooter(int at) {
        return at >= 0 && bytes[at] == SectionType.FOOTER.code();
    }

    private boolean closeEnd() throws MalformedStreamException {
        if (attempts++ == MAX_ATTEMPTS) {
            throw new MalformedStreamException(
                    "%d places look like the end of the device state, and none is; the last: %s".formatted(MAX_ATTEMPTS,
                            refusal));
        }
        try {
            int json = eof + 1 + DESCRIPTION_HEADER_BYTES;
            List<SectionSize> sizes = VmDescription.sectionSizes(bytes, json, end - json);
            var sections = DeviceTail.walk(bytes, 0, eof + 1, sizes);
            tail = new DeviceTail(Arrays.copyOf(bytes, eof), Arrays.copyOfRange(bytes, eof + 1, end), sections);
            bytes = new byte[0];
            return true;
        } catch (MalformedStreamException e) {
            refusal = e.getMessage();
            end = NOWHERE;
            return false;
        }
    }

    private boolean endsWithPing() {
        int at = count - PING_BYTES;
        return !pinged && at >= FOOTER_BYTES && bytes[at] == SectionType.COMMAND.code() && int32(at + 1) == 0x0002_0004
                && int32(at + 5) == pingValue && isFooter(at - FOOTER_BYTES);
    }

    private int int32(int at) {
        return (bytes[at] & 0xff) << 24 | (bytes[at + 1] & 0xff) << 16 | (bytes[at + 2] & 0xff) << 8
                | (bytes[at + 3] & 0xff);
    }
}
