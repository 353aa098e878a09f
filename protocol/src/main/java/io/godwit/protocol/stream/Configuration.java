package io.godwit.protocol.stream;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * The CONFIGURATION section, directly after the header: which machine this is. Its end is not marked: the reader learns
 * it from the next byte, which is given back as {@link Read#next}.
 *
 * <pre>
 * u8 0x07, be32 n, n bytes machine type, then subsections: u8 0x05, str8 name, be32 1, fields
 *   configuration/target-page-bits   be32 bits
 *   configuration/capabilities       be32 count, count x str8
 *   configuration/uuid               16 bytes
 * </pre>
 */
public record Configuration(String machineType, Set<Capability> capabilities, Optional<UUID> uuid) {
    private static final int MAX_MACHINE_TYPE = 255;
    private static final int MAX_CAPABILITIES = 64;
    private static final int PAGE_BITS = 12;
    private static final String PREFIX = "configuration/";

    public Configuration {
        capabilities = Set.copyOf(capabilities);
    }

    /** A stream without capabilities that change its form. */
    public Configuration(String machineType, Optional<UUID> uuid) {
        this(machineType, Set.of(), uuid);
    }

    /** The capabilities that change the stream's form from here on: both sides must have set the same ones. */
    public enum Capability {
        IGNORE_SHARED("x-ignore-shared"),
        MAPPED_RAM("mapped-ram");

        private final String qapiName;

        Capability(String qapiName) {
            this.qapiName = qapiName;
        }

        private static Capability read(WireInput in) throws IOException {
            String name = in.str8();
            for (Capability capability : values()) {
                if (capability.qapiName.equals(name)) {
                    return capability;
                }
            }
            throw new MalformedStreamException("unknown capability '" + name + "' in the configuration");
        }
    }

    /** Checks that the stream has been written with the capabilities {@code here}, and no other. */
    public void checkAgree(Set<Capability> here) throws MalformedStreamException {
        for (Capability capability : Capability.values()) {
            boolean received = capabilities.contains(capability);
            if (received != here.contains(capability)) {
                throw new MalformedStreamException("Capability %s is %s, but received capability is %s"
                        .formatted(capability.qapiName, received ? "off" : "on", received ? "on" : "off"));
            }
        }
    }

    public void write(WireOutput out) throws IOException {
        byte[] machine = machineType.getBytes(StandardCharsets.US_ASCII);
        out.u8(SectionType.CONFIGURATION.code());
        out.u32(machine.length);
        out.bytes(machine);
        if (!capabilities.isEmpty()) {
            writeSubsection(out, "capabilities");
            out.u32(capabilities.size());
            for (Capability capability : EnumSet.copyOf(capabilities)) {
                out.str8(capability.qapiName);
            }
        }
        if (uuid.isPresent()) {
            writeSubsection(out, "uuid");
            out.u64(uuid.get().getMostSignificantBits());
            out.u64(uuid.get().getLeastSignificantBits());
        }
    }

    private static void writeSubsection(WireOutput out, String name) throws IOException {
        out.u8(SectionType.SUBSECTION.code());
        out.str8(PREFIX + name);
        out.u32(1);
    }

    /** What was read, and the type of the section that follows, whose type byte has been taken. */
    public record Read(Configuration configuration, SectionType next) {}

    /** Reads all of it, type byte included. */
    public static Read read(WireInput in) throws IOException {
        SectionType type = SectionType.read(in);
        if (type != SectionType.CONFIGURATION) {
            throw new MalformedStreamException("the stream's first section is " + type + ", expected CONFIGURATION");
        }
        int length = in.u32();
        if (length < 1 || length > MAX_MACHINE_TYPE) {
            throw new MalformedStreamException("machine type of " + Integer.toUnsignedString(length)
                    + " bytes, expected 1 to " + MAX_MACHINE_TYPE);
        }
        String machineType = new String(in.bytes(length), StandardCharsets.ISO_8859_1);
        Set<Capability> capabilities = Set.of();
        Optional<UUID> uuid = Optional.empty();
        var seen = new HashSet<String>();
        SectionType next = SectionType.read(in);
        while (next == SectionType.SUBSECTION) {
            String name = in.str8();
            int version = in.u32();
            if (version != 1) {
                throw new MalformedStreamException(
                        "subsection '" + name + "' has version " + Integer.toUnsignedString(version) + ", expected 1");
            }
            if (!seen.add(name)) {
                throw new MalformedStreamException("subsection '" + name + "' comes twice");
            }
            switch (name) {
                case PREFIX + "target-page-bits" -> checkPageBits(in.u32());
                case PREFIX + "capabilities" -> capabilities = readCapabilities(in);
                case PREFIX + "uuid" -> uuid = Optional.of(readUuid(in));
                default -> throw new MalformedStreamException("unknown subsection '" + name + "' of the configuration");
            }
            next = SectionType.read(in);
        }
        return new Read(new Configuration(machineType, capabilities, uuid), next);
    }

    private static UUID readUuid(WireInput in) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(in.bytes(16));
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    private static void checkPageBits(int bits) throws MalformedStreamException {
        if (bits != PAGE_BITS) {
            throw new MalformedStreamException(
                    "target page of 2^" + Integer.toUnsignedString(bits) + " bytes, expected 2^" + PAGE_BITS);
        }
    }

    private static Set<Capability> readCapabilities(WireInput in) throws IOException {
        int count = in.u32();
        if (count < 0 || count > MAX_CAPABILITIES) {
            throw new MalformedStreamException(Integer.toUnsignedString(count)
                    + " capabilities in the configuration, at most " + MAX_CAPABILITIES + " expected");
        }
        var capabilities = EnumSet.noneOf(Capability.class);
        for (int i = 0; i < count; i++) {
            Capability capability = Capability.read(in);
            if (!capabilities.add(capability)) {
                throw new MalformedStreamException(
                        "capability '" + capability.qapiName + "' comes twice in the configuration");
            }
        }
        return capabilities;
    }
}
