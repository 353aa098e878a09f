package io.godwit.engine.guest.kvm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.godwit.engine.guest.Guest.Verification;
import io.godwit.engine.linux.NativeBuffer;
import io.godwit.engine.ram.MemoryBlock;
import io.godwit.engine.ram.RamBlock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/**
 * Checks the RAM of a guest that stands still against what {@link Heartbeat} says it must hold. Looks at copies only, and
 * only at pages that the program has written.
 */
final class HeartbeatVerifier {
    private static final ValueLayout.OfInt WORD = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int PAGE = RamBlock.PAGE_SIZE;
    private static final int CHUNK_PAGES = 256;
    private static final int IMAGE_BYTES = 512;
    private static final int STATUS = 0x200; // behind the image
    private static final int STATUS_BYTES = 20;
    private static final int INVERSE = 4;
    private static final int COUNTER = 8;
    private static final int HEADER_BYTES = 12;
    private static final byte[] LINE = "godwit heartbeat ".getBytes(StandardCharsets.US_ASCII);
    private static final int DIGITS = 8;

    private final MemoryBlock ram;
    private final boolean expected;

    /**
     * @param ram lent
     * @param loaded the image that this process loaded; without one, a program that is none of ours is no fault
     */
    HeartbeatVerifier(MemoryBlock ram, Optional<BootImage> loaded) {
        this.ram = ram;
        expected = loaded.isPresent() && Heartbeat.isIn(loaded.get().bytes());
    }

    Verification verify() throws IOException {
        try (var staging = new NativeBuffer((long) CHUNK_PAGES * PAGE)) {
            MemorySegment copy = staging.segment();
            ram.memory().copyTo(BootImage.ADDRESS, copy, 0, IMAGE_BYTES + STATUS_BYTES);
            byte[] image = copy.asSlice(0, IMAGE_BYTES).toArray(JAVA_BYTE);
            if (!Heartbeat.isIn(image)) {
                String reason = "no parameter block \"GODW\" at 0x"
                        + Integer.toHexString(BootImage.ADDRESS + Heartbeat.OFFSET);
                return expected ? new Verification.Broken(reason) : new Verification.Unknown(reason);
            }
            int filled = copy.get(WORD, STATUS);
            long heartbeats = Integer.toUnsignedLong(copy.get(WORD, STATUS + 4));
            long touched = Integer.toUnsignedLong(copy.get(WORD, STATUS + 8))
                    | ((long) copy.get(WORD, STATUS + 12) << 32);
            int hogged = copy.get(WORD, STATUS + 16);
            return verify(image, filled, hogged, heartbeats, touched, copy);
        }
    }

    private Verification verify(byte[] image, int filled, int hogged, long heartbeats, long touched,
            MemorySegment staging)
            throws IOException {
        Heartbeat parameters;
        try {
            parameters = Heartbeat.of(image);
        } catch (IOException e) {
            return new Verification.Broken("parameter block: " + e.getMessage());
        }
        Optional<String> finding = checkImage(image, parameters);
        if (finding.isEmpty()) {
            finding = checkStatus(parameters, filled, hogged);
        }
        if (finding.isEmpty()) {
            finding = checkPages(parameters, filled, touched, staging);
        }
        if (finding.isEmpty() && hogged < parameters.hogPages()) {
            finding = checkHog(parameters, hogged, staging);
        }
        return finding.<Verification>map(Verification.Broken::new)
                .orElseGet(() -> new Verification.Intact(filled, heartbeats));
    }

    /** The program itself, all but the digits that it writes into its line. */
    private static Optional<String> checkImage(byte[] image, Heartbeat parameters) throws IOException {
        byte[] original = BootImage.heartbeat(parameters).bytes();
        int digits = digitsIn(original);
        for (int i = 0; i < IMAGE_BYTES; i++) {
            boolean digit = i >= digits && i < digits + DIGITS;
            if (!digit && image[i] != original[i]) {
                return Optional.of("image at 0x%x: got 0x%02x, expected 0x%02x".formatted(BootImage.ADDRESS + i,
                        image[i], original[i]));
            }
        }
        return Optional.empty();
    }

    private static int digitsIn(byte[] image) {
        for (int i = 0; i + LINE.length + DIGITS <= image.length; i++) {
            if (Arrays.equals(image, i, i + LINE.length, LINE, 0, LINE.length)) {
                return i + LINE.length;
            }
        }
        throw new IllegalStateException("the built-in image says no heartbeat");
    }

    private Optional<String> checkStatus(Heartbeat parameters, int filled, int hogged) {
        long end = (Heartbeat.FIRST_PAGE + parameters.usedPages()) * PAGE;
        if (parameters.usedPages() > 0 && end > Math.min(ram.byteSize(), MemorySlots.LOW_BYTES)) {
            return Optional.of("parameter block: fill and hog of " + parameters.usedPages() + " pages, RAM of "
                    + ram.byteSize() + " bytes");
        }
        if (filled < 0 || filled > parameters.fillPages()) {
            return Optional.of("status: " + Integer.toUnsignedString(filled) + " pages filled, at most "
                    + parameters.fillPages());
        }
        // Until the fill is complete the count is the last life's.
        if (hogged < 0 || hogged > parameters.hogPages()) {
            return Optional.of("status: " + Integer.toUnsignedString(hogged) + " pages of the hog, at most "
                    + parameters.hogPages());
        }
        return Optional.empty();
    }

    private Optional<String> checkPages(Heartbeat parameters, int filled, long touched, MemorySegment staging) {
        // Before the fill is complete nothing was touched in this life; the count may still be that of the last one.
        boolean touching = filled == parameters.fillPages() && parameters.setPages() > 0;
        long pass = touching ? Long.divideUnsigned(touched, parameters.setPages()) : 0;
        long next = touching ? Long.remainderUnsigned(touched, parameters.setPages()) : 0;
        for (int from = 0; from < filled; from += CHUNK_PAGES) {
            int count = Math.min(CHUNK_PAGES, filled - from);
            ram.memory().copyTo((Heartbeat.FIRST_PAGE + (long) from) * PAGE, staging, 0, (long) count * PAGE);
            for (int i = 0; i < count; i++) {
                boolean inSet = touching && from + i < parameters.setPages();
                int counter = inSet ? (int) (from + i < next ? pass + 1 : pass) : 0;
                boolean mayBeOneMore = inSet && from + i == next;
                Optional<String> finding = checkPage(staging.asSlice((long) i * PAGE, PAGE),
                        Heartbeat.FIRST_PAGE + from + i, counter, mayBeOneMore);
                if (finding.isPresent()) {
                    return finding;
                }
            }
        }
        return Optional.empty();
    }

    /** What the hog needs while it runs. */
    private Optional<String> checkHog(Heartbeat parameters, int hogged, MemorySegment staging) {
        MemorySegment page = staging.asSlice(0, PAGE);
        for (int i = 0; i < hogged; i++) {
            int number = Heartbeat.FIRST_PAGE + parameters.fillPages() + i;
            ram.memory().copyTo((long) number * PAGE, page, 0, PAGE);
            if (page.get(WORD, 0) != number * PAGE) {
                return finding(number, "address", page.get(WORD, 0), number * PAGE);
            }
            for (int at = Integer.BYTES; at < PAGE; at += Integer.BYTES) {
                if (page.get(WORD, at) != 0) {
                    return finding(number, "word at " + at, page.get(WORD, at), 0);
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<String> checkPage(MemorySegment page, int number, int counter, boolean mayBeOneMore) {
        if (page.get(WORD, 0) != number) {
            return finding(number, "number", page.get(WORD, 0), number);
        }
        if (page.get(WORD, INVERSE) != ~number) {
            return finding(number, "number's complement", page.get(WORD, INVERSE), ~number);
        }
        int got = page.get(WORD, COUNTER);
        if (got != counter && !(mayBeOneMore && got == counter + 1)) {
            return finding(number, "counter", got, counter);
        }
        for (int at = HEADER_BYTES; at < PAGE; at += Integer.BYTES) {
            if (page.get(WORD, at) != 0) {
                return finding(number, "word at " + at, page.get(WORD, at), 0);
            }
        }
        return Optional.empty();
    }

    private static Optional<String> finding(int page, String what, int got, int expected) {
        return Optional.of("page 0x%x: %s: got 0x%x, expected 0x%x".formatted(page, what, got, expected));
    }
}
