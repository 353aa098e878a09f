package io.godwit.inspect;

import io.godwit.protocol.stream.DeviceTail;
import io.godwit.protocol.stream.DeviceTailCollector;
import io.godwit.protocol.stream.DeviceTailCollector.Progress;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand.Ping;
import java.io.EOFException;
import java.io.IOException;
import java.util.List;

/** Reads the device state at the end of a stream. */
final class TailReader {
    private TailReader() {}

    /**
     * From its first type byte on, which has been taken and stands at {@code at}.
     *
     * @throws DamagedException with the first damage; more of it has been added to {@code findings}
     */
    static DeviceTail read(FileInput in, long at, SectionType first, List<Finding> findings) throws IOException {
        var collector = new DeviceTailCollector(Ping.LOADED);
        try {
            Progress progress = collector.accept(first.code());
            while (progress != Progress.WHOLE) {
                progress = collector.accept(in.u8());
            }
            return collector.tail();
        } catch (EOFException e) {
            throw damaged(in, at, new Finding.Truncated(in.position(), "the device state"
                    + collector.refusal().map(refusal -> " (" + Printable.of(refusal) + ")").orElse(""), at), findings);
        } catch (MalformedStreamException e) {
            throw damaged(in, at, new Finding.Malformed(at, String.valueOf(e.getMessage())), findings);
        }
    }

    /** A file's last bytes may still say where each section should stand, and so which of them is damaged. */
    private static DamagedException damaged(FileInput in, long at, Finding otherwise, List<Finding> findings)
            throws IOException {
        List<Finding> found = in.size().isPresent() ? new TailDiagnosis(in, at).findings() : List.of();
        if (found.isEmpty()) {
            return new DamagedException(otherwise);
        }
        findings.addAll(found.subList(0, found.size() - 1));
        return new DamagedException(found.getLast());
    }
}
