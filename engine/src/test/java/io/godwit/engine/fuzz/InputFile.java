package io.godwit.engine.fuzz;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.NativeBuffer;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Makes files of inputs: memfds, which the caller owns. One thread. */
final class InputFile {
    private static final byte[] MARK = "@HOLE".getBytes(StandardCharsets.US_ASCII);
    private static final int MARK_BYTES = MARK.length + 2;
    /** 256 KiB: larger files cost time. */
    private static final int PAGES = 64;
    private static final int PAGE_SIZE = 4096;
    /** libFuzzer makes no longer inputs unless it is told to. */
    private static final NativeBuffer BUFFER = new NativeBuffer(1 << 20);

    private InputFile() {}

    /** The input as it is. */
    static Fd of(byte[] input) throws IOException {
        return made(file -> write(file, 0, input, 0, input.length));
    }

    /**
     * A file with holes, of which the input has only what matters: what follows a mark stands at that page, and between there is
     * nothing. {@code InspectTarget} has the same form.
     *
     * <pre>
     * bytes, ("@HOLE", be16 page, bytes) *
     * </pre>
     */
    static Fd sparse(byte[] input) throws IOException {
        return made(file -> writeSparse(file, input));
    }

    @FunctionalInterface
    private interface Content {
        void writeTo(Fd file) throws IOException;
    }

    private static Fd made(Content content) throws IOException {
        Fd file = MemFd.createFile("fuzz");
        try {
            content.writeTo(file);
            return file;
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static void writeSparse(Fd file, byte[] input) throws IOException {
        long place = 0;
        for (int at = 0; at < input.length;) {
            if (isMark(input, at)) {
                int page = ((input[at + MARK.length] & 0xff) << 8) | (input[at + MARK.length + 1] & 0xff);
                place = (long) (page % PAGES) * PAGE_SIZE;
                at += MARK_BYTES;
                file.truncate(Math.max(file.size(), place));
            }
            int end = at;
            while (end < input.length && !isMark(input, end)) {
                end++;
            }
            write(file, place, input, at, end);
            place += end - at;
            at = end;
        }
    }

    private static void write(Fd file, long place, byte[] input, int from, int to) throws IOException {
        MemorySegment.copy(input, from, BUFFER.segment(), ValueLayout.JAVA_BYTE, 0, to - from);
        file.pwriteFully(BUFFER.segment(), 0, to - from, place);
    }

    private static boolean isMark(byte[] input, int at) {
        return at + MARK_BYTES <= input.length
                && Arrays.equals(input, at, at + MARK.length, MARK, 0, MARK.length);
    }
}
