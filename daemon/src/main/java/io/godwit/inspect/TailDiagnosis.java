package io.godwit.inspect;

import io.godwit.inspect.Finding.Unexpected;
import io.godwit.protocol.stream.DeviceTail;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.SectionSize;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.VmDescription;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds what is wrong in a device state of which no end was found: when the VM description is whole and ends with the file,
 * its sizes tell where each section has to begin and end.
 */
final class TailDiagnosis {
    private static final int DESCRIPTION_HEADER_BYTES = 5;
    private static final int MAX_FINDINGS = 32;

    private final long start;
    private final ByteBuffer bytes;
    private final List<Finding> findings = new ArrayList<>();

    /** Reads what is there from {@code start} on, where the first section's type byte stands. */
    TailDiagnosis(FileInput in, long start) throws IOException {
        this.start = start;
        long length = in.size().orElseThrow() - start;
        bytes = ByteBuffer.allocate(length > DeviceTail.MAX_BYTES ? 0 : (int) length);
        in.readAt(start, bytes);
        bytes.flip();
    }

    /** What is not where it has to be; empty when nothing can be told. */
    List<Finding> findings() {
        int eof = findEnd();
        if (eof >= 0) {
            int json = eof + 1 + DESCRIPTION_HEADER_BYTES;
            try {
                walk(VmDescription.sectionSizes(bytes.array(), json, bytes.limit() - json), eof);
            } catch (MalformedStreamException e) {
                findings.add(new Finding.Malformed(start + json, String.valueOf(e.getMessage())));
            }
        }
        return findings;
    }

    /** Where the EOF stands before the last thing that looks like a description and ends with the file; -1 for nowhere. */
    private int findEnd() {
        for (int at = bytes.limit() - DESCRIPTION_HEADER_BYTES - 2; at >= 0; at--) {
            if (bytes.get(at) == SectionType.EOF.code() && bytes.get(at + 1) == SectionType.VMDESCRIPTION.code()
                    && bytes.getInt(at + 2) == bytes.limit() - at - 1 - DESCRIPTION_HEADER_BYTES
                    && bytes.get(at + 1 + DESCRIPTION_HEADER_BYTES) == '{') {
                return at;
            }
        }
        return -1;
    }

    private void walk(List<SectionSize> sizes, int eof) {
        int at = 0;
        for (SectionSize size : sizes) {
            long end = at + sectionBytes(size);
            if (end > eof) {
                expect(at, "section " + named(size), (eof - at) + " bytes up to EOF",
                        sectionBytes(size) + " by the VM description");
                return;
            }
            section(at, size, (int) end);
            at = (int) end;
        }
        if (at != eof) {
            expect(at, "end of the device state", (eof - at) + " bytes more up to EOF",
                    "EOF, by the VM description");
        }
    }

    private static long sectionBytes(SectionSize size) {
        return 1L + 4 + 1 + size.name().length() + 4 + 4 + size.bodyBytes() + 5;
    }

    private void section(int at, SectionSize size, int end) {
        String name = named(size);
        expectByte(at, "type of section " + name, SectionType.FULL.code());
        int id = bytes.getInt(at + 1);
        expectByte(at + 5, "length of the name of section " + name, size.name().length());
        String got = new String(bytes.array(), at + 6, size.name().length(), StandardCharsets.ISO_8859_1);
        if (!got.equals(size.name())) {
            expect(at + 6, "name of section " + name, "'" + got + "'", "'" + size.name() + "'");
        }
        int instanceAt = at + 6 + size.name().length();
        expectInt(instanceAt, "instance of section " + name, size.instanceId());
        expectByte(end - 5, "footer of section " + name, SectionType.FOOTER.code());
        expectInt(end - 4, "section id in the footer of section " + name, id);
    }

    private static String named(SectionSize size) {
        return "'%s', instance %s".formatted(size.name(), Integer.toUnsignedString(size.instanceId()));
    }

    private void expectByte(int at, String what, int expected) {
        int got = bytes.get(at) & 0xff;
        if (got != expected) {
            expect(at, what, "0x%02x".formatted(got), "0x%02x".formatted(expected));
        }
    }

    private void expectInt(int at, String what, int expected) {
        int got = bytes.getInt(at);
        if (got != expected) {
            expect(at, what, Integer.toUnsignedString(got), Integer.toUnsignedString(expected));
        }
    }

    private void expect(int at, String what, String got, String expected) {
        if (findings.size() < MAX_FINDINGS) {
            findings.add(new Unexpected(start + at, what, got, expected));
        }
    }
}
