package io.godwit.protocol.mappedram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.RamBlockEntry;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MappedRamLayoutTest {
    private static final long MIB = 1 << 20;

    @Test
    void bitmapFollowsTheHeaderAndPagesTheNextMebibyte() throws IOException {
        var ram = new RamBlockEntry("pc.ram", 65 * 4096);
        var rom = new RamBlockEntry("rom", 4096);
        var layout = MappedRamLayout.of(List.of(ram, rom), 100);

        long bitmap = 100 + 1 + 6 + 8 + 28;
        long romEntry = MIB + 65 * 4096;
        long romBitmap = romEntry + 1 + 3 + 8 + 28;
        assertThat(layout.blocks()).containsExactly(
                new MappedRamLayout.Block(ram, 100, new MappedRamHeader(bitmap, MIB)),
                new MappedRamLayout.Block(rom, romEntry, new MappedRamHeader(romBitmap, 2 * MIB)));
        assertThat(layout.end()).isEqualTo(2 * MIB + 4096);
        assertThat(layout.blocks()).extracting(MappedRamLayout.Block::pagesEnd).containsExactly(romEntry, layout.end());
    }

    /** Offsets that QEMU 10.0.2 chose for a pc-i440fx-10.0 of 16 MiB without devices. */
    @Test
    void isWhatQemuChooses() throws IOException {
        var entries = List.of(new RamBlockEntry("pc.ram", 16 * MIB), new RamBlockEntry("/rom@etc/acpi/tables", 0x20000),
                new RamBlockEntry("pc.bios", 0x40000), new RamBlockEntry("pc.rom", 0x20000),
                new RamBlockEntry("/rom@etc/table-loader", 0x1000), new RamBlockEntry("/rom@etc/acpi/rsdp", 0x1000));
        var layout = MappedRamLayout.of(entries, 0x63);
        assertThat(layout.blocks()).extracting(MappedRamLayout.Block::header).containsExactly(
                new MappedRamHeader(0x8e, 0x100000), new MappedRamHeader(0x1100039, 0x1200000),
                new MappedRamHeader(0x122002c, 0x1300000), new MappedRamHeader(0x134002b, 0x1400000),
                new MappedRamHeader(0x142003a, 0x1500000), new MappedRamHeader(0x1501037, 0x1600000));
        assertThat(layout.end()).isEqualTo(0x1601000);
    }

    @ParameterizedTest
    @CsvSource({"1, 8", "63, 8", "64, 8", "65, 16", "128, 16", "1048576, 131072"})
    void bitmapHasABitForEachPageInWholeWords(long pages, long bytes) throws IOException {
        var layout = MappedRamLayout.of(List.of(new RamBlockEntry("a", pages * 4096)), 0);
        assertThat(layout.blocks().getFirst().bitmapBytes()).isEqualTo(bytes);
    }

    @Test
    void bitmapThatEndsOnAMebibyteNeedsNoGap() throws IOException {
        long entry = MIB - 8 - (1 + 1 + 8 + 28);
        var layout = MappedRamLayout.of(List.of(new RamBlockEntry("a", 4096)), entry);
        assertThat(layout.blocks().getFirst().header()).isEqualTo(new MappedRamHeader(MIB - 8, MIB));
    }

    @ParameterizedTest
    @CsvSource({"0x7ffffffffffff000, 0", "4096, 0x7fffffffffffffff", "4096, 0x7fffffffffff0000",
            "0x4000000000000000, 0x4000000000000000"})
    void refusesWhatNoFileCanHold(String lengthBytes, String position) {
        var entry = new RamBlockEntry("a", Long.decode(lengthBytes));
        assertThatThrownBy(() -> MappedRamLayout.of(List.of(entry), Long.decode(position)))
                .isInstanceOf(IOException.class).hasMessageStartingWith("RAM block 'a' of ");
    }

    @Test
    void whatIsLaidOutIsDisjoint() throws IOException {
        var layout = MappedRamLayout.of(List.of(new RamBlockEntry("a", 4096), new RamBlockEntry("b", 4096)), 0);
        assertThatCode(() -> MappedRamLayout.checkDisjoint(layout.blocks())).doesNotThrowAnyException();
    }

    /** Block a has its entry at 0, its bitmap at 0x100 and its page at 0x1000, so that block b comes from 0x2000 on. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            0x1fff | 0x2100 | 0x3000 | entry of RAM block 'b' at byte 8191 of the file, expected 8192 or later
            0x0    | 0x2100 | 0x3000 | entry of RAM block 'b' at byte 0 of the file, expected 8192 or later
            0x2000 | 0x2025 | 0x3000 | bitmap of RAM block 'b' at byte 8229 of the file, expected 8230 or later
            0x2000 | 0x100  | 0x3000 | bitmap of RAM block 'b' at byte 256 of the file, expected 8230 or later
            0x2000 | 0x2026 | 0x1000 | pages of RAM block 'b' at byte 4096 of the file, expected 8230 or later
            0x2000 | 0x2026 | 0x2000 | pages of RAM block 'b' at byte 8192 of the file, expected 8230 or later
            """)
    void refusesBlocksThatShareBytes(String entry, String bitmap, String pages, String message) {
        var a = new MappedRamLayout.Block(new RamBlockEntry("a", 4096), 0, new MappedRamHeader(0x100, 0x1000));
        var b = new MappedRamLayout.Block(new RamBlockEntry("b", 4096), Long.decode(entry),
                new MappedRamHeader(Long.decode(bitmap), Long.decode(pages)));
        assertThatThrownBy(() -> MappedRamLayout.checkDisjoint(List.of(a, b)))
                .isInstanceOf(MalformedStreamException.class).hasMessage(message);
    }

    @Test
    void refusesAnEntryInsideTheBitmapBeforeIt() {
        var a = new MappedRamLayout.Block(new RamBlockEntry("a", 4096), 0, new MappedRamHeader(0x2000, 0x1000));
        var b = new MappedRamLayout.Block(new RamBlockEntry("b", 4096), 0x2000, new MappedRamHeader(0x2100, 0x3000));
        assertThatThrownBy(() -> MappedRamLayout.checkDisjoint(List.of(a, b)))
                .isInstanceOf(MalformedStreamException.class)
                .hasMessage("entry of RAM block 'b' at byte 8192 of the file, expected 8200 or later");
    }
}
