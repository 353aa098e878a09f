package io.godwit.protocol.stream;

import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads sizes out of a VM description token by token, so that one of 16 MiB costs no more memory than its sizes.
 *
 * <pre>
 * body       = fields + subsections
 * field      = size x (array_len, else 1)     a nested "struct" is within size
 * subsection = u8, u8, vmsd_name, be32, body
 * </pre>
 */
final class VmDescriptionParser {
    private static final int MAX_DEVICES = 1 << 16;
    private static final int MAX_NAME = 255;
    private static final int MAX_NESTING = 64;

    /** Names are not kept in a table: a peer could fill it. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_NESTING).maxNumberLength(20)
                    .maxNameLength(MAX_NAME).maxStringLength(4096).build())
            .build();

    private final JsonParser in;

    private VmDescriptionParser(JsonParser in) {
        this.in = in;
    }

    static List<SectionSize> parse(byte[] json, int offset, int length) throws MalformedStreamException {
        // One character for each byte: the length of a name counts bytes, and only ASCII passes as one.
        var reader = new InputStreamReader(new ByteArrayInputStream(json, offset, length), StandardCharsets.ISO_8859_1);
        try (JsonParser in = JSON.createParser(ObjectReadContext.empty(), reader)) {
            return new VmDescriptionParser(in).document();
        } catch (JacksonException e) {
            throw new MalformedStreamException("VM description is not JSON we can read: " + e.getOriginalMessage());
        }
    }

    private List<SectionSize> document() throws MalformedStreamException {
        in.nextToken();
        expect(JsonToken.START_OBJECT, "the VM description");
        List<SectionSize> devices = null;
        for (String member = in.nextName(); member != null; member = in.nextName()) {
            in.nextToken();
            if (!member.equals("devices")) {
                in.skipChildren();
            } else if (devices == null) {
                devices = devices();
            } else {
                throw malformed("has 'devices' twice");
            }
        }
        if (devices == null) {
            throw malformed("has no 'devices'");
        }
        if (in.nextToken() != null) {
            throw malformed("goes on after its end");
        }
        return devices;
    }

    private List<SectionSize> devices() throws MalformedStreamException {
        expect(JsonToken.START_ARRAY, "'devices'");
        var devices = new ArrayList<SectionSize>();
        long total = 0;
        while (in.nextToken() != JsonToken.END_ARRAY) {
            if (devices.size() == MAX_DEVICES) {
                throw malformed("has more than " + MAX_DEVICES + " devices");
            }
            SectionSize device = Part.read(this, "a device").asDevice();
            total = bounded(total + device.bodyBytes());
            devices.add(device);
        }
        return devices;
    }

    /** The members that matter of a device or a subsection. */
    private static final class Part {
        private @Nullable String name;
        private @Nullable String vmsdName;
        private @Nullable Long instanceId;
        private long version;
        private long bytes;

        /** Reads the object whose first token is the current one. */
        static Part read(VmDescriptionParser from, String what) throws MalformedStreamException {
            from.expect(JsonToken.START_OBJECT, what);
            var part = new Part();
            for (String member = from.in.nextName(); member != null; member = from.in.nextName()) {
                from.in.nextToken();
                switch (member) {
                    case "name" -> part.name = from.text(member);
                    case "vmsd_name" -> part.vmsdName = from.text(member);
                    case "instance_id" -> part.instanceId = from.number(member, 0xffff_ffffL);
                    case "version" -> part.version = from.number(member, Integer.MAX_VALUE);
                    case "fields" -> part.bytes = bounded(part.bytes + from.fields());
                    case "subsections" -> part.bytes = bounded(part.bytes + from.subsections());
                    default -> from.in.skipChildren();
                }
            }
            return part;
        }

        SectionSize asDevice() throws MalformedStreamException {
            if (name == null || instanceId == null) {
                throw malformed("has a device without 'name' or 'instance_id'");
            }
            return new SectionSize(name, instanceId.intValue(), (int) version, (int) bytes);
        }

        long subsectionBytes() throws MalformedStreamException {
            if (vmsdName == null) {
                throw malformed("has a subsection without 'vmsd_name'");
            }
            return 1 + 1 + vmsdName.length() + 4 + bytes;
        }
    }

    private long subsections() throws MalformedStreamException {
        expect(JsonToken.START_ARRAY, "'subsections'");
        long bytes = 0;
        while (in.nextToken() != JsonToken.END_ARRAY) {
            bytes = bounded(bytes + Part.read(this, "a subsection").subsectionBytes());
        }
        return bytes;
    }

    private long fields() throws MalformedStreamException {
        expect(JsonToken.START_ARRAY, "'fields'");
        long bytes = 0;
        while (in.nextToken() != JsonToken.END_ARRAY) {
            bytes = bounded(bytes + field());
        }
        return bytes;
    }

    private long field() throws MalformedStreamException {
        expect(JsonToken.START_OBJECT, "a field");
        long size = -1;
        long count = 1;
        for (String member = in.nextName(); member != null; member = in.nextName()) {
            in.nextToken();
            switch (member) {
                case "size" -> size = number(member, Integer.MAX_VALUE);
                case "array_len" -> count = number(member, Integer.MAX_VALUE);
                default -> in.skipChildren();
            }
        }
        if (size < 0) {
            throw malformed("has a field without 'size'");
        }
        return bounded(size * count);
    }

    private String text(String member) throws MalformedStreamException {
        expect(JsonToken.VALUE_STRING, "'" + member + "'");
        String text = in.getString();
        if (text.isEmpty() || text.length() > MAX_NAME || !text.chars().allMatch(c -> c >= ' ' && c <= '~')) {
            throw malformed("has a '" + member + "' of " + text.length() + " characters, expected 1 to " + MAX_NAME
                    + " of printable ASCII");
        }
        return text;
    }

    private long number(String member, long maximum) throws MalformedStreamException {
        expect(JsonToken.VALUE_NUMBER_INT, "'" + member + "'");
        boolean fits = in.getNumberType() == JsonParser.NumberType.INT
                || in.getNumberType() == JsonParser.NumberType.LONG;
        if (!fits || in.getLongValue() < 0 || in.getLongValue() > maximum) {
            throw malformed("has '" + member + "' " + in.getString() + ", expected 0 to " + maximum);
        }
        return in.getLongValue();
    }

    private void expect(JsonToken expected, String what) throws MalformedStreamException {
        if (in.currentToken() != expected) {
            throw malformed("has " + in.currentToken() + " where " + what + " should be " + expected);
        }
    }

    /** No sum here leaves what an array can hold; two summands that do not cannot overflow a long. */
    private static long bounded(long bytes) throws MalformedStreamException {
        if (bytes > Integer.MAX_VALUE) {
            throw malformed("speaks of " + bytes + " bytes, expected at most " + Integer.MAX_VALUE);
        }
        return bytes;
    }

    private static MalformedStreamException malformed(String what) {
        return new MalformedStreamException("VM description " + what);
    }
}
