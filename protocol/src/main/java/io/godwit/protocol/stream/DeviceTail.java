package io.godwit.protocol.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The device state at the end of a stream, byte for byte as the source sent it: it can be sent again, any number of times.
 * Holds its bytes on the heap, at most {@link #MAX_BYTES}; immutable.
 *
 * <pre>
 * FULL section *, u8 0x00 (EOF), VMDESCRIPTION
 * </pre>
 */
public final class DeviceTail {

    /** More than any machine's device state with its description: a bound for what a peer may send. */
    public static final int MAX_BYTES = 24 << 20;

    private static final String GLOBAL_STATE = "globalstate";
    private static final int GLOBAL_STATE_BYTES = 104;
    private static final int RUN_STATE_BYTES = 32;

    private final byte[] sectionBytes;
    private final byte[] description;
    private final List<Section> sections;

    /** Takes the arrays over. */
    DeviceTail(byte[] sectionBytes, byte[] description, List<Section> sections) {
        this.sectionBytes = sectionBytes;
        this.description = description;
        this.sections = List.copyOf(sections);
    }

    /**
     * One FULL section.
     *
     * @param bodyOffset where its body begins, in bytes from the first section's type byte
     */
    public record Section(int id, String name, int instanceId, int version, int bodyOffset, int bodyBytes) {}

    /** The sections in stream order. */
    public List<Section> sections() {
        return sections;
    }

    /** All sections, headers and footers included: what comes before the EOF. Read-only. */
    public ByteBuffer sectionBytes() {
        return ByteBuffer.wrap(sectionBytes).asReadOnlyBuffer();
    }

    /** The VMDESCRIPTION: type byte, be32 length, JSON. Read-only. */
    public ByteBuffer descriptionBytes() {
        return ByteBuffer.wrap(description).asReadOnlyBuffer();
    }

    /** Writes the sections only, as they stand in a postcopy package. */
    public void writeSections(WireOutput out) throws IOException {
        out.bytes(sectionBytes);
    }

    /** Writes what follows the sections: EOF and VMDESCRIPTION. */
    public void writeEnd(WireOutput out) throws IOException {
        out.u8(SectionType.EOF.code());
        out.bytes(description);
    }

    /**
     * The run state that the source's guest was in, by its QAPI name; empty when the source did not send it.
     *
     * <pre>
     * be32 length of the name + 1, 32 bytes name, zero-padded, 68 bytes more
     * </pre>
     */
    public Optional<String> runState() throws MalformedStreamException {
        for (Section section : sections) {
            if (section.name().equals(GLOBAL_STATE)) {
                return Optional.of(runState(section));
            }
        }
        return Optional.empty();
    }

    private String runState(Section section) throws MalformedStreamException {
        if (section.bodyBytes() != GLOBAL_STATE_BYTES) {
            throw new MalformedStreamException("section '%s' of %d bytes, expected %d".formatted(GLOBAL_STATE,
                    section.bodyBytes(), GLOBAL_STATE_BYTES));
        }
        var body = ByteBuffer.wrap(sectionBytes, section.bodyOffset(), section.bodyBytes());
        int length = body.getInt() - 1;
        if (length < 1 || length >= RUN_STATE_BYTES) {
            throw new MalformedStreamException("run state of %s characters, expected 1 to %d"
                    .formatted(Integer.toUnsignedString(length), RUN_STATE_BYTES - 1));
        }
        String name = new String(sectionBytes, body.position(), length, StandardCharsets.ISO_8859_1);
        if (!name.chars().allMatch(c -> c == '-' || (c >= 'a' && c <= 'z'))) {
            throw new MalformedStreamException(
                    "run state of " + length + " characters, expected letters a to z and '-'");
        }
        return name;
    }

    /**
     * Cuts device state into its sections.
     *
     * @param bytes holds, in {@code length} bytes from {@code offset} on, the sections and the EOF, and nothing else
     * @param sizes what the VM description says of these sections
     * @throws MalformedStreamException when a header, a footer or the EOF does not stand where these sizes put it
     */
    public static List<Section> walk(byte[] bytes, int offset, int length, List<SectionSize> sizes)
            throws MalformedStreamException {
        ByteBuffer in = ByteBuffer.wrap(bytes, offset, length).slice();
        var sections = new ArrayList<Section>(sizes.size());
        for (SectionSize size : sizes) {
            sections.add(readSection(in, size));
        }
        int end = in.position();
        if (end != length - 1 || in.get() != SectionType.EOF.code()) {
            throw new MalformedStreamException(
                    "device sections of %d bytes in all, expected EOF after them as the last of %d bytes"
                            .formatted(end, length));
        }
        return sections;
    }

    private static Section readSection(ByteBuffer in, SectionSize size) throws MalformedStreamException {
        int at = in.position();
        int headerBytes = 1 + 4 + 1 + size.name().length() + 4 + 4;
        // Both summands are ints, so that their sum cannot overflow a long.
        long bytes = (long) headerBytes + size.bodyBytes() + 5;
        if (bytes > in.remaining()) {
            throw new MalformedStreamException("%s has %d bytes by the VM description, expected at most %d"
                    .formatted(describe(size, at), bytes, in.remaining()));
        }
        int type = in.get();
        int id = in.getInt();
        byte[] name = new byte[size.name().length()];
        int nameLength = in.get() & 0xff;
        in.get(name);
        int instanceId = in.getInt();
        if (type != SectionType.FULL.code() || nameLength != name.length
                || !new String(name, StandardCharsets.ISO_8859_1).equals(size.name())
                || instanceId != size.instanceId()) {
            throw new MalformedStreamException(describe(size, at) + " does not begin where the VM description puts it");
        }
        int version = in.getInt();
        int bodyOffset = in.position();
        in.position(bodyOffset + size.bodyBytes());
        if (in.get() != SectionType.FOOTER.code() || in.getInt() != id) {
            throw new MalformedStreamException(describe(size, at) + " does not end where the VM description puts it");
        }
        return new Section(id, size.name(), instanceId, version, bodyOffset, size.bodyBytes());
    }

    private static String describe(SectionSize size, int at) {
        return "section '%s', instance %s, at byte %d of the device state".formatted(size.name(),
                Integer.toUnsignedString(size.instanceId()), at);
    }
}
