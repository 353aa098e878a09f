package io.godwit.inspect;

import io.godwit.protocol.mappedram.MappedRamLayout;
import io.godwit.protocol.stream.Configuration;
import io.godwit.protocol.stream.Configuration.Capability;
import io.godwit.protocol.stream.RamBlockEntry;
import io.godwit.protocol.stream.RamRecord;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamHeader;
import io.godwit.protocol.stream.VmDescription;
import io.godwit.protocol.stream.VmDescription.Device;
import io.godwit.protocol.stream.VmDescription.Field;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A machine with two RAM blocks and two devices, as a stream or a file would carry it. */
final class SmallMachine {
    static final RamBlockEntry RAM = new RamBlockEntry("pc.ram", 4 * 4096);
    static final RamBlockEntry ROM = new RamBlockEntry("rom", 4096);
    private static final int RAM_ID = 2;

    private SmallMachine() {}

    /** Its pages as a precopy sends them: 0 is full of 0x11 and then changed, 1 is zero, the ROM's is full of 0x22. */
    static Recording stream() throws IOException {
        Recording out = head(Set.of());
        RamBlockEntry.writeList(out, List.of(RAM, ROM));
        endOfBody(out);
        beginPart(out, SectionType.PART);
        out.mark("page 0");
        out.u64(RamRecord.PAGE);
        out.mark("name of page 0");
        out.str8("pc.ram");
        out.bytes(Recording.page(0x11));
        out.mark("page 1");
        out.u64(4096 | RamRecord.ZERO | RamRecord.CONTINUE);
        out.mark("fill of page 1");
        out.u8(0);
        out.u64(RamRecord.PAGE);
        out.str8("rom");
        out.bytes(Recording.page(0x22));
        out.mark("end of pages");
        endOfBody(out);
        beginPart(out, SectionType.END);
        out.mark("delta");
        out.u64(RamRecord.XBZRLE);
        out.str8("pc.ram");
        out.u8(1);
        out.mark("length of delta");
        out.u16(4);
        out.bytes(new byte[]{5, 2, 0x33, 0x33});
        endOfBody(out);
        tail(out, 0);
        return out;
    }

    /** Its pages as a background snapshot sends them: as in {@link #stream}, without a delta and without an END. */
    static Recording background() throws IOException {
        Recording out = head(Set.of());
        RamBlockEntry.writeList(out, List.of(RAM, ROM));
        endOfBody(out);
        beginPart(out, SectionType.PART);
        pages(out);
        endOfBody(out);
        tail(out, 0);
        return out;
    }

    private static void pages(Recording out) throws IOException {
        out.u64(RamRecord.PAGE);
        out.str8("pc.ram");
        out.bytes(Recording.page(0x11));
        out.u64(RamRecord.PAGE);
        out.str8("rom");
        out.bytes(Recording.page(0x22));
    }

    /** A file with page 0 of RAM and the ROM's page present, and page 2 of RAM stale. */
    static Recording mapped() throws IOException {
        return mapped(1, 0x44, true, 0);
    }

    /** As QEMU leaves it for a background snapshot: pages 0 and 2, the ROM, and no bit. */
    static Recording mappedBackground() throws IOException {
        return mapped(0, 0x44, false, 0);
    }

    /** As {@link #mapped}, with a device byte and the content of page 2 of one's choice. */
    static Recording mapped(int bitmapOfRam, int pageTwo, boolean withEnd, int deviceByte) throws IOException {
        Recording out = head(Set.of(Capability.MAPPED_RAM));
        out.mark("total");
        RamBlockEntry.writeTotal(out, List.of(RAM, ROM));
        var layout = MappedRamLayout.of(List.of(RAM, ROM), out.position());
        for (MappedRamLayout.Block block : layout.blocks()) {
            boolean isRam = block.entry().equals(RAM);
            out.mark("entry of " + block.entry().name());
            block.entry().write(out);
            out.mark("header of " + block.entry().name());
            block.header().write(out);
            out.mark("bitmap of " + block.entry().name());
            out.u64(Long.reverseBytes(isRam ? bitmapOfRam : Math.min(bitmapOfRam, 1)));
            out.fillTo(block.header().pagesOffset());
            out.mark("pages of " + block.entry().name());
            out.bytes(Recording.page(isRam ? 0x11 : 0x22));
            if (isRam) {
                out.bytes(Recording.page(0));
                out.bytes(Recording.page(pageTwo));
            }
            out.fillTo(block.pagesEnd());
        }
        endOfBody(out);
        beginPart(out, SectionType.PART);
        out.mark("end of pages");
        endOfBody(out);
        if (withEnd) {
            beginPart(out, SectionType.END);
            endOfBody(out);
        }
        tail(out, deviceByte);
        return out;
    }

    private static Recording head(Set<Capability> capabilities) throws IOException {
        var out = new Recording();
        StreamHeader.write(out);
        out.mark("configuration");
        new Configuration("pc-small", capabilities, Optional.empty()).write(out);
        out.mark("START");
        out.u8(SectionType.START.code());
        out.mark("header of START");
        new SectionHeader(RAM_ID, SectionHeader.RAM, 0, SectionHeader.RAM_VERSION).write(out);
        out.mark("block list");
        return out;
    }

    private static void beginPart(Recording out, SectionType type) throws IOException {
        out.mark(type.name());
        out.u8(type.code());
        out.u32(RAM_ID);
    }

    private static void endOfBody(Recording out) throws IOException {
        out.u64(RamRecord.EOS);
        out.mark("footer");
        SectionHeader.writeFooter(out, RAM_ID);
    }

    static void tail(Recording out, int deviceByte) throws IOException {
        out.mark("tail");
        byte[] timer = new byte[24];
        timer[7] = (byte) deviceByte;
        section(out, 0, "timer", 2, timer);
        byte[] state = Arrays.copyOf(new byte[]{0, 0, 0, 7, 'p', 'a', 'u', 's', 'e', 'd'}, 104);
        section(out, 3, "globalstate", 1, state);
        out.mark("EOF");
        out.u8(SectionType.EOF.code());
        out.mark("description");
        new VmDescription(4096, List.of(device("timer", 2, 24), device("globalstate", 1, 104))).write(out);
        out.mark("end");
    }

    private static void section(Recording out, int id, String name, int version, byte[] body) throws IOException {
        out.mark("section " + name);
        out.u8(SectionType.FULL.code());
        new SectionHeader(id, name, 0, version).write(out);
        out.bytes(body);
        out.mark("footer of " + name);
        SectionHeader.writeFooter(out, id);
    }

    private static Device device(String name, int version, int bytes) {
        return new Device(name, 0, version, List.of(new Field("data", bytes, "buffer")));
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
