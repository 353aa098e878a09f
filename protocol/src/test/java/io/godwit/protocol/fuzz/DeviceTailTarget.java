package io.godwit.protocol.fuzz;

import io.godwit.protocol.stream.DeviceTail;
import io.godwit.protocol.stream.DeviceTailCollector;
import io.godwit.protocol.stream.DeviceTailCollector.Progress;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.StreamCommand.Ping;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Device state, from its first type byte on: refused as malformed, or kept byte for byte. */
public final class DeviceTailTarget {
    private static final int PING_BYTES = 9;

    private DeviceTailTarget() {}

    public static void fuzzerTestOneInput(byte[] input) {
        var collector = new DeviceTailCollector(Ping.LOADED);
        int pings = 0;
        try {
            for (int i = 0; i < input.length; i++) {
                Progress progress = collector.accept(input[i] & 0xff);
                if (progress == Progress.PING) {
                    pings++;
                } else if (progress == Progress.WHOLE) {
                    check(collector.tail(), Arrays.copyOf(input, i + 1), pings);
                    return;
                }
            }
        } catch (MalformedStreamException refused) {
            return;
        }
        collector.refusal();
    }

    private static void check(DeviceTail tail, byte[] taken, int pings) throws MalformedStreamException {
        byte[] kept = ByteBuffer.allocate(tail.sectionBytes().remaining() + 1 + tail.descriptionBytes().remaining())
                .put(tail.sectionBytes()).put((byte) 0).put(tail.descriptionBytes()).array();
        if (kept.length + pings * PING_BYTES != taken.length || (pings == 0 && !Arrays.equals(kept, taken))) {
            throw new AssertionError(
                    "kept are %d of %d bytes, with %d PINGs among them, or others".formatted(kept.length,
                            taken.length, pings));
        }
        int end = 0;
        for (DeviceTail.Section section : tail.sections()) {
            if (section.bodyOffset() <= end || section.bodyBytes() < 0) {
                throw new AssertionError(section + " begins before byte " + end);
            }
            end = section.bodyOffset() + section.bodyBytes();
        }
        if (end > tail.sectionBytes().remaining()) {
            throw new AssertionError("the last section ends at byte " + end);
        }
        tail.runState();
    }
}
