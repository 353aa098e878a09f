package io.godwit.inspect.fuzz;

import io.godwit.inspect.FileInput;
import io.godwit.inspect.Finding;
import io.godwit.inspect.Inspector;
import io.godwit.inspect.ReadingProgress;
import io.godwit.inspect.Report;
import io.godwit.inspect.ReportJson;
import io.godwit.inspect.ReportText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/**
 * Looks into a file, and into the input as it is from a pipe. The damage is told and stands within what there is; nothing is
 * thrown. Files of at most 256 KiB and a bit, in the form that the engine's {@code InputFile} has too:
 *
 * <pre>
 * bytes, ("@HOLE", be16 page, bytes) *
 * </pre>
 */
public final class InspectTarget {
    private static final byte[] MARK = "@HOLE".getBytes(StandardCharsets.US_ASCII);
    private static final int MARK_BYTES = MARK.length + 2;
    private static final int PAGES = 64;
    private static final int PAGE_SIZE = 4096;
    /** In the fuzzer's working directory. */
    private static final Path FILE = Path.of("inspected");

    private InspectTarget() {}

    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        write(input);
        try (var in = FileInput.open(FILE, 0, ReadingProgress.UNSEEN)) {
            check(Inspector.inspect(in, true), Files.size(FILE));
        }
        try (var in = FileInput.of(new ByteArrayInputStream(input), ReadingProgress.UNSEEN)) {
            check(Inspector.inspect(in, false), input.length);
        } catch (IOException e) {
            if (!String.valueOf(e.getMessage()).startsWith("a mapped-ram file cannot be read through a pipe")) {
                throw e;
            }
        }
    }

    private static void check(Report report, long bytes) {
        ReportText.of("it", report, Optional.empty());
        ReportJson.of("it", report, Optional.empty());
        if (report.isWhole() && !report.accountedFor()) {
            throw new AssertionError(
                    "nothing is wrong, yet only the bytes up to %d are accounted for".formatted(report.end()));
        }
        for (Finding finding : report.findings()) {
            if (finding.offset() < 0 || finding.offset() > bytes) {
                throw new AssertionError(finding + " is beyond the " + bytes + " bytes there are");
            }
        }
    }

    private static void write(byte[] input) throws IOException {
        try (var file = FileChannel.open(FILE, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            for (int at = 0; at < input.length;) {
                if (isMark(input, at)) {
                    int page = ((input[at + MARK.length] & 0xff) << 8) | (input[at + MARK.length + 1] & 0xff);
                    file.position((long) (page % PAGES) * PAGE_SIZE);
                    at += MARK_BYTES;
                }
                int end = at;
                while (end < input.length && !isMark(input, end)) {
                    end++;
                }
                file.write(ByteBuffer.wrap(input, at, end - at));
                at = end;
            }
        }
    }

    private static boolean isMark(byte[] input, int at) {
        return at + MARK_BYTES <= input.length
                && Arrays.equals(input, at, at + MARK.length, MARK, 0, MARK.length);
    }
}
