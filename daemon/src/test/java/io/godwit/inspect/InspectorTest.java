package io.godwit.inspect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class InspectorTest {

    @TempDir
    private Path directory;

    @Test
    void tellsWhatAStreamHolds() throws IOException {
        var recording = SmallMachine.stream();

        assertThat(text(recording.toByteArray(), false)).isEqualTo("""
                it: precopy stream
                  machine      pc-small
                  capabilities none in the stream
                  run state    paused
                  order        CONFIGURATION, START ram, PART ram, END ram, FULL x2, EOF, VMDESC
                  block        pc.ram: 16384 bytes, 4 pages: 1 normal, 1 zero, 1 xbzrle came
                  block        rom: 4096 bytes, 1 pages: 1 normal, 0 zero, 0 xbzrle came
                  devices      2 sections, 182 bytes at 0x20b4; VM description of 284 bytes
                  device       timer: instance 0, version 2, 24 bytes
                  device       globalstate: instance 0, version 1, 104 bytes
                  accounted    every byte: yes, 0 to 8839
                  whole        yes
                """);
    }

    @Test
    void tellsTheSameOfAPipe() throws IOException {
        byte[] bytes = SmallMachine.stream().toByteArray();
        try (var pipe = FileInput.of(new ByteArrayInputStream(bytes), ReadingProgress.UNSEEN)) {
            assertThat(ReportText.of("it", Inspector.inspect(pipe, false), Optional.empty()))
                    .isEqualTo(ReportText.of("it", inspect(bytes, false), Optional.empty()));
        }
    }

    @Test
    void tellsWhatAMappedRamFileHolds() throws IOException {
        assertThat(text(SmallMachine.mapped().toByteArray(), true)).isEqualTo(
                """
                        it: mapped-ram file
                          machine      pc-small
                          capabilities mapped-ram
                          run state    paused
                          order        CONFIGURATION, START ram, PART ram, END ram, FULL x2, EOF, VMDESC
                          block        pc.ram: 16384 bytes, 4 pages: 1 present, 3 zero, 1 of them stale; bitmap at 0x88, pages at 0x100000
                          block        rom: 4096 bytes, 1 pages: 1 present, 0 zero, 0 of them stale; bitmap at 0x104028, pages at 0x200000
                          devices      2 sections, 182 bytes at 0x201031; VM description of 284 bytes
                          device       timer: instance 0, version 2, 24 bytes
                          device       globalstate: instance 0, version 1, 104 bytes
                          accounted    every byte: yes, 0 to 2101764
                          whole        yes
                        """);
    }

    @Test
    void doesNotLookForStalePagesUnlessAsked() throws IOException {
        assertThat(text(SmallMachine.mapped().toByteArray(), false)).doesNotContain("stale");
    }

    @Test
    void tellsAProgramWhatItTellsAPerson() throws IOException {
        var json = ReportJson.of("it", inspect(SmallMachine.mapped().toByteArray(), true), Optional.empty());

        assertThat(JsonMapper.shared().readTree(json.toString())).isEqualTo(JsonMapper.shared().readTree("""
                {"name": "it", "form": "mapped-ram file", "machine-type": "pc-small", "capabilities": ["mapped-ram"],
                 "order": [{"what": "CONFIGURATION", "count": 1}, {"what": "START ram", "count": 1},
                   {"what": "PART ram", "count": 1}, {"what": "END ram", "count": 1}, {"what": "FULL", "count": 2},
                   {"what": "EOF", "count": 1}, {"what": "VMDESC", "count": 1}],
                 "blocks": [{"name": "pc.ram", "size": 16384, "present": 1, "zero": 3, "stale": 1,
                   "bitmap-offset": 136, "pages-offset": 1048576},
                  {"name": "rom", "size": 4096, "present": 1, "zero": 0, "stale": 0,
                   "bitmap-offset": 1065000, "pages-offset": 2097152}],
                 "multifd-flushes": 0, "run-state": "paused",
                 "device-state": {"offset": 2101297, "section-bytes": 182, "description-bytes": 284, "devices": [
                   {"name": "timer", "instance-id": 0, "version": 2, "size": 24},
                   {"name": "globalstate", "instance-id": 0, "version": 1, "size": 104}]},
                 "start": 0, "end": 2101764, "accounted-for": true, "whole": true, "findings": []}
                """));
    }

    @Test
    void readsWhatBeginsFurtherOnInItsFile() throws IOException {
        byte[] bytes = SmallMachine.stream().toByteArray();
        byte[] later = new byte[100 + bytes.length];
        System.arraycopy(bytes, 0, later, 100, bytes.length);
        Path file = directory.resolve("later");
        Files.write(file, later);

        try (var in = FileInput.open(file, 100, ReadingProgress.UNSEEN)) {
            var report = Inspector.inspect(in, false);

            assertThat(report.isWhole()).isTrue();
            assertThat(report.start()).isEqualTo(100);
            assertThat(report.end()).isEqualTo(later.length);
        }
    }

    @Test
    void knowsABackgroundSnapshotByItsMissingEnd() throws IOException {
        assertThat(text(SmallMachine.background().toByteArray(), false)).startsWith("it: background snapshot\n")
                .endsWith("whole        yes\n");
    }

    @Test
    void namesTheRepairOfAFileWhoseBitmapsWereNeverWritten() throws IOException {
        assertThat(text(SmallMachine.mappedBackground().toByteArray(), false))
                .startsWith("it: mapped-ram file of a background snapshot\n").contains("accounted    every byte: yes")
                .contains("DAMAGED      byte 1048576 (0x100000): a page with data, but all page bitmaps are empty")
                .contains("'godwit repair'").endsWith("whole        no\n");
    }

    /** What is damaged, how, and what is told: where, and the sentence. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            START           | 0 | 09       | -1 | unknown section type 0x09 at byte 21
            header of START | 11 | 01      | -1 | START of a section: got 'ram', instance 1, expected 'ram', instance 0
            header of START | 4 | 03787878 | -1 | START of a section: got 'xxx', instance 0, expected 'ram', instance 0
            header of START | 15 | 05      | -1 | version of section 'ram': got 5, expected 4
            block list      | 7 | 08       | 0  | first record of the RAM section: got PAGE, expected MEM_SIZE
            block list      | 0 | ff       | 0  | total of the block list: got 18374686479671644160 bytes, expected 1 to 70368744177664
            block list      | 22 | 01      | 8  | RAM block 'pc.ram' of 16385 bytes, expected pages of 4096 bytes
            name of page 0  | 1 | 78       | 0  | RAM block of a page: got 'xc.ram', expected one of the block list
            page 0          | 7 | 28       | 0  | record of the RAM section: got CONTINUE before any block was named, expected the name of a block
            page 0          | 7 | 88       | 0  | record of the RAM section: got flags 0x088, expected PAGE, ZERO, XBZRLE, MULTIFD_FLUSH or EOS
            page 0          | 6 | 40       | 0  | page of RAM block 'pc.ram': got offset 16384, expected one below its 16384 bytes
            page 1          | 6 | 50       | 0  | page of RAM block 'pc.ram': got offset 20480, expected one below its 16384 bytes
            fill of page 1  | 0 | 01       | 0  | byte that a page is filled with: got 0x01, expected 0x00
            delta           | 15 | 02      | 15 | encoding of an XBZRLE record: got 0x02, expected 0x01
            length of delta | 0 | 0000     | 0  | length of an XBZRLE record: got 0 bytes, expected 1 to 4096
            length of delta | 3 | 20       | 0  | XBZRLE run of 32 changed bytes, of which 2 came
            end of pages    | 8 | 7f       | 8  | footer of section 'ram': got 0x7f, expected 0x7e
            end of pages    | 12 | 09      | 9  | section id in the footer of section 'ram': got 9, expected 2
            END             | 4 | 09       | 0  | END section: got section id 9, expected 2
            END             | 0 | 04       | 5  | length of the name of section 'timer', instance 0: got 0x00, expected 0x05
            footer of timer | 0 | 7f       | 0  | footer of section 'timer', instance 0: got 0x7f, expected 0x7e
            footer of timer | 4 | 09       | 1  | section id in the footer of section 'timer', instance 0: got 9, expected 0
            section globalstate | 6 | 78   | 6  | name of section 'globalstate', instance 0: got 'xlobalstate', expected 'globalstate'
            section globalstate | 4 | 09   | -1 | section id in the footer
            section globalstate | 25 | ff  | -1 | run state of 4278190086 characters, expected 1 to 31
            """)
    void tellsWhereAStreamIsDamagedAndWhatWasExpected(String mark, int offset, String hex, int foundAt, String told)
            throws IOException {
        var recording = SmallMachine.stream();
        byte[] bytes = damaged(recording, mark, offset, hex);

        Report report = inspect(bytes, false);

        assertThat(report.isWhole()).isFalse();
        var finding = report.findings().getFirst();
        assertThat(finding.sentence()).contains(told);
        if (foundAt >= 0) {
            assertThat(finding.offset()).isEqualTo(recording.at(mark) + foundAt);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            header of pc.ram | 3  | 02               | mapped-ram header of RAM block 'pc.ram' has version 2, expected 1
            header of pc.ram | 10 | 00               | RAM block 'pc.ram' has pages of 0 bytes, expected 4096
            header of pc.ram | 10 | 20               | RAM block 'pc.ram' has pages of 8192 bytes, expected 4096
            header of pc.ram | 12 | 0000000100000000 | bitmap of RAM block 'pc.ram': 8 bytes at byte 4294967296 of the file, which has 2101764
            header of pc.ram | 12 | ffffffffffffffff | bitmap of RAM block 'pc.ram': 8 bytes at byte 18446744073709551615 of the file
            header of pc.ram | 20 | 0000000100000000 | pages of RAM block 'pc.ram': 16384 bytes at byte 4294967296 of the file, which has 2101764
            header of pc.ram | 27 | 01               | pages of RAM block 'pc.ram' at byte 1048577 of the file, expected a multiple of 4096
            header of pc.ram | 12 | 0000000000100000 | bitmap of RAM block 'pc.ram' at byte 1048576 of the file overlaps its pages at byte 1048576
            header of rom    | 12 | 0000000000100000 | bitmap of RAM block 'rom' at byte 1048576 of the file, expected
            bitmap of pc.ram | 0  | 11               | last word of the bitmap of RAM block 'pc.ram': got 0x0000000000000010 behind its last page, expected 0
            end of pages     | 7  | 02               | record of the RAM section: got ZERO, expected EOS
            entry of rom     | 1  | 7f               | name that is not printable ASCII
            """)
    void tellsWhatIsWrongInAMappedRamFile(String mark, int offset, String hex, String told) throws IOException {
        var report = inspect(damaged(SmallMachine.mapped(), mark, offset, hex), false);

        assertThat(report.isWhole()).isFalse();
        assertThat(report.findings().getFirst().sentence()).contains(told);
        assertThat(report.findings().getFirst().offset()).isPositive();
    }

    @Test
    void noticesTheLossOfLastBytes() throws IOException {
        byte[] bytes = SmallMachine.stream().toByteArray();
        for (int length = 0; length < bytes.length; length += length > 150 && length < 8300 ? 97 : 1) {
            var report = inspect(Arrays.copyOf(bytes, length), false);

            assertThat(report.findings()).as("%d bytes", length).isNotEmpty();
            assertThat(report.accountedFor()).isFalse();
            assertThat(report.end()).isLessThanOrEqualTo(length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"header of pc.ram", "bitmap of pc.ram", "pages of pc.ram", "entry of rom", "pages of rom",
            "end of pages", "END", "tail", "EOF", "description", "end"})
    void noticesWhereAMappedRamFileWasCutOff(String mark) throws IOException {
        var recording = SmallMachine.mapped();
        int length = recording.at(mark) - 1;

        var report = inspect(Arrays.copyOf(recording.toByteArray(), length), false);

        assertThat(report.findings()).isNotEmpty().noneMatch(Finding.EmptyBitmaps.class::isInstance);
        assertThat(report.accountedFor()).isFalse();
    }

    @Test
    void tellsWhereAnInputEndsAndInWhat() throws IOException {
        var recording = SmallMachine.stream();
        int length = recording.at("page 0") + 1000;

        assertThat(inspect(Arrays.copyOf(recording.toByteArray(), length), false).findings()).containsExactly(
                new Finding.Truncated(length, "a PART section", recording.at("PART")));
    }

    @Test
    void countsWhatIsLeftOver() throws IOException {
        byte[] bytes = SmallMachine.stream().toByteArray();
        var report = inspect(Arrays.copyOf(bytes, bytes.length + 7), false);

        assertThat(report.findings()).containsExactly(new Finding.LeftOver(bytes.length, 7));
        assertThat(report.accountedFor()).isFalse();
    }

    @Test
    void tellsEveryDamagedDeviceSectionOfAFile() throws IOException {
        var recording = SmallMachine.stream();
        byte[] bytes = damaged(recording, "footer of timer", 0, "00");
        bytes[recording.at("footer of globalstate")] = 0;

        assertThat(inspect(bytes, false).findings()).extracting(Finding::offset)
                .containsExactly((long) recording.at("footer of timer"), (long) recording.at("footer of globalstate"));
    }

    @Test
    void doesNotTakeAnyBytesForAStream() throws IOException {
        assertThat(inspect(SmallMachine.ascii("#!/bin/sh, and more"), false).findings()).singleElement()
                .extracting(Finding::sentence)
                .isEqualTo("not a migration stream: it begins with 0x23212f62, expected 0x5145564d");
    }

    @Test
    void refusesAMappedRamFileThroughAPipe() throws IOException {
        var bytes = new ByteArrayInputStream(SmallMachine.mapped().toByteArray());
        try (var pipe = FileInput.of(bytes, ReadingProgress.UNSEEN)) {
            assertThatThrownBy(() -> Inspector.inspect(pipe, false)).isInstanceOf(IOException.class)
                    .hasMessageStartingWith("a mapped-ram file cannot be read through a pipe");
        }
    }

    @Test
    void tellsHowFarItHasCome() throws IOException {
        Path file = directory.resolve("it");
        Files.write(file, SmallMachine.mapped().toByteArray());
        Map<Long, Long> seen = new HashMap<>();
        try (var in = FileInput.open(file, 0, seen::put)) {
            Inspector.inspect(in, true);
        }
        assertThat(seen).containsEntry(5L * 4096, 5L * 4096);
    }

    private static byte[] damaged(Recording recording, String mark, int offset, String hex) {
        byte[] bytes = recording.toByteArray();
        byte[] change = HexFormat.of().parseHex(hex);
        System.arraycopy(change, 0, bytes, recording.at(mark) + offset, change.length);
        return bytes;
    }

    private String text(byte[] bytes, boolean verify) throws IOException {
        return String.join("\n", ReportText.of("it", inspect(bytes, verify), Optional.empty())) + "\n";
    }

    private Report inspect(byte[] bytes, boolean verify) throws IOException {
        Path file = directory.resolve("it");
        Files.write(file, bytes);
        try (var in = FileInput.open(file, 0, ReadingProgress.UNSEEN)) {
            return Inspector.inspect(in, verify);
        }
    }
}
