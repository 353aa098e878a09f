package io.godwit.protocol.stream;

import io.godwit.protocol.stream.DeviceTail.Section;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The device state of a postcopy package, in which nothing is known: bytes between LISTEN and RUN, without lengths and without
 * the description that a precopy stream ends with. A section is taken to end at the first footer of its own behind which
 * another begins, or where the bytes end.
 *
 * <pre>
 * FULL section *  [08 0002 0004 be32 ping]  08 0005 0000
 *   04 be32 id, str8 name, be32 instance, be32 version, body, 7e be32 id
 * </pre>
 *
 * Should a body hold bytes that look like that, its section is told apart as two; the bytes are sent on as they came all the
 * same.
 */
public final class PackagedDevices {
    private static final int FOOTER_BYTES = 5;
    private static final int PING_BYTES = 9;
    /** More than any machine has; a bound for the description that is made of them. */
    private static final int MAX_SECTIONS = 1 << 12;
    private static final byte[] RUN = {8, 0, 5, 0, 0};

    private final byte[] bytes;
    private final int end;
    private final List<StreamCommand> commands = new ArrayList<>();
    private final List<Section> sections = new ArrayList<>();

    /**
     * Takes the bytes over.
     *
     * @throws MalformedStreamException when they are not FULL sections and RUN
     */
    public PackagedDevices(byte[] bytes) throws MalformedStreamException {
        this.bytes = bytes;
        int run = bytes.length - RUN.length;
        if (run < 0 || !Arrays.equals(bytes, run, bytes.length, RUN, 0, RUN.length)) {
            throw new MalformedStreamException("the package of %d bytes does not end with RUN".formatted(bytes.length));
        }
        end = endBefore(run);
        int at = 0;
        while (at < end) {
            if (sections.size() == MAX_SECTIONS) {
                throw new MalformedStreamException("more than " + MAX_SECTIONS + " device sections in the package");
            }
            at = section(at);
        }
    }

    private int endBefore(int run) {
        int ping = run - PING_BYTES;
        if (ping >= FOOTER_BYTES && bytes[ping] == SectionType.COMMAND.code() && int32(ping + 1) == 0x0002_0004
                && bytes[ping - FOOTER_BYTES] == SectionType.FOOTER.code()) {
            commands.add(new StreamCommand.Ping(int32(ping + 5)));
            return ping;
        }
        return run;
    }

    private int section(int at) throws MalformedStreamException {
        int header = headerBytes(at);
        if (header == 0) {
            throw new MalformedStreamException("byte %d of the package begins no device section".formatted(at));
        }
        int id = int32(at + 1);
        int body = at + header;
        for (int footer = body; footer + FOOTER_BYTES <= end; footer++) {
            if (bytes[footer] == SectionType.FOOTER.code() && int32(footer + 1) == id
                    && (footer + FOOTER_BYTES == end || headerBytes(footer + FOOTER_BYTES) > 0)) {
                int nameBytes = bytes[at + 5] & 0xff;
                sections.add(new Section(id, new String(bytes, at + 6, nameBytes, StandardCharsets.ISO_8859_1),
                        int32(at + 6 + nameBytes), int32(at + 10 + nameBytes), body, footer - body));
                return footer + FOOTER_BYTES;
            }
        }
        throw new MalformedStreamException("device section at byte %d of the package has no end".formatted(at));
    }

    /** How long the header of a FULL section at {@code at} is; 0 when there is none. */
    private int headerBytes(int at) {
        if (at + 6 > end || bytes[at] != SectionType.FULL.code()) {
            return 0;
        }
        int nameBytes = bytes[at + 5] & 0xff;
        if (nameBytes == 0 || at + 14 + nameBytes > end) {
            return 0;
        }
        for (int i = at + 6; i < at + 6 + nameBytes; i++) {
            if (bytes[i] <= ' ' || bytes[i] > '~' || bytes[i] == '"' || bytes[i] == '\\') {
                return 0;
            }
        }
        return 14 + nameBytes;
    }

    /** What the source asks within the package. */
    public List<StreamCommand> commands() {
        return List.copyOf(commands);
    }

    /** The device state as the end of a precopy stream, with a description made for it. */
    public DeviceTail tail() {
        String devices = sections.stream().map(PackagedDevices::describe).collect(Collectors.joining(","));
        byte[] text = "{\"page_size\":4096,\"devices\":[%s]}".formatted(devices).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer description = ByteBuffer.allocate(5 + text.length);
        description.put((byte) SectionType.VMDESCRIPTION.code()).putInt(text.length).put(text);
        return new DeviceTail(Arrays.copyOf(bytes, end), description.array(), sections);
    }

    /** By the names that a section header has; all of the body is one field. */
    private static String describe(Section section) {
        return """
                {"name":"%s","instance_id":%s,"version":%s,"fields":[{"name":"data","type":"buffer","size":%d}]}"""
                .formatted(section.name(), Integer.toUnsignedString(section.instanceId()),
                        Integer.toUnsignedString(section.version()), section.bodyBytes());
    }

    private int int32(int at) {
        return ByteBuffer.wrap(bytes).getInt(at);
    }
}
