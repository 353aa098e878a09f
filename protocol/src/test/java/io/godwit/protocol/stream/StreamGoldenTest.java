package io.godwit.protocol.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every value of the stream as the bytes that QEMU 10 writes and reads (qemu-stream.md, sections 1 to 7). */
final class StreamGoldenTest {

    @Test
    void headerIsMagicAndVersionThree() throws Exception {
        assertThat(Bytes.written(StreamHeader::write)).isEqualTo("5145564d00000003");
        StreamHeader.read(Bytes.of("5145564d 00000003"));
    }

    @Test
    void configurationIsTheMachineTypeAndNothingElseWithoutUuid() throws Exception {
        var pc = new Configuration("pc", Optional.empty());
        assertThat(Bytes.written(pc::write)).isEqualTo("07" + "00000002" + Bytes.hex("pc"));
        var read = Configuration.read(Bytes.of("07 00000002 7063 01"));
        assertThat(read).isEqualTo(new Configuration.Read(pc, SectionType.START));
    }

    @Test
    void configurationCarriesTheUuidInASubsection() throws Exception {
        var uuid = UUID.fromString("00112233-4455-6677-8899-aabbccddeeff");
        var pc = new Configuration("pc", Optional.of(uuid));
        String bytes = "07" + "00000002" + Bytes.hex("pc") + "05" + "12" + Bytes.hex("configuration/uuid") + "00000001"
                + "00112233445566778899aabbccddeeff";
        assertThat(Bytes.written(pc::write)).isEqualTo(bytes);
        assertThat(Configuration.read(Bytes.of(bytes + "08")))
                .isEqualTo(new Configuration.Read(pc, SectionType.COMMAND));
    }

    /** As QEMU 10.0.2 writes it into a mapped-ram file. */
    @Test
    void configurationNamesTheCapabilitiesThatChangeTheFormBeforeTheUuid() throws Exception {
        var pc = new Configuration("pc", Set.of(Configuration.Capability.MAPPED_RAM), Optional.of(new UUID(0, 1)));
        String bytes = "07" + "00000002" + Bytes.hex("pc") + "05" + "1a" + Bytes.hex("configuration/capabilities")
                + "00000001" + "00000001" + "0a" + Bytes.hex("mapped-ram") + "05" + "12"
                + Bytes.hex("configuration/uuid") + "00000001" + "00000000000000000000000000000001";
        assertThat(Bytes.written(pc::write)).isEqualTo(bytes);
        assertThat(Configuration.read(Bytes.of(bytes + "01")))
                .isEqualTo(new Configuration.Read(pc, SectionType.START));
    }

    @Test
    void configurationAgreesWhenBothSidesHaveSetTheSameCapabilities() {
        var mappedRam = Set.of(Configuration.Capability.MAPPED_RAM);
        assertThatCode(() -> new Configuration("pc", Optional.empty()).checkAgree(Set.of())).doesNotThrowAnyException();
        assertThatCode(() -> new Configuration("pc", mappedRam, Optional.empty()).checkAgree(mappedRam))
                .doesNotThrowAnyException();
    }

    @Test
    void configurationMayNameThePageSizeWeHave() throws Exception {
        String bytes = "07" + "00000002" + Bytes.hex("pc") + "05" + "1e" + Bytes.hex("configuration/target-page-bits")
                + "00000001" + "0000000c" + "01";
        assertThat(Configuration.read(Bytes.of(bytes)).configuration().machineType()).isEqualTo("pc");
    }

    @Test
    void sectionHeaderBindsAnIdToADevice() throws Exception {
        var header = new SectionHeader(2, "ram", 0, 4);
        String bytes = "00000002" + "03" + Bytes.hex("ram") + "00000000" + "00000004";
        assertThat(Bytes.written(header::write)).isEqualTo(bytes);
        assertThat(SectionHeader.read(Bytes.of(bytes))).isEqualTo(header);
    }

    @Test
    void footerRepeatsTheId() throws Exception {
        assertThat(Bytes.written(out -> SectionHeader.writeFooter(out, 2))).isEqualTo("7e00000002");
        SectionHeader.readFooter(Bytes.of("7e 00000002"), 2, "ram");
    }

    @Test
    void commandsHaveNumberLengthAndPayload() throws Exception {
        assertThat(Bytes.written(new StreamCommand.OpenReturnPath()::write)).isEqualTo("08" + "0001" + "0000");
        assertThat(Bytes.written(new StreamCommand.Ping(0x42)::write)).isEqualTo("08" + "0002" + "0004" + "00000042");
        assertThat(Bytes.written(new StreamCommand.SwitchoverStart()::write)).isEqualTo("08" + "000b" + "0000");
        assertThat(StreamCommand.read(Bytes.of("0001 0000"))).isEqualTo(new StreamCommand.OpenReturnPath());
        assertThat(StreamCommand.read(Bytes.of("0002 0004 00000042"))).isEqualTo(new StreamCommand.Ping(0x42));
        assertThat(StreamCommand.read(Bytes.of("000b 0000"))).isEqualTo(new StreamCommand.SwitchoverStart());
    }

    @Test
    void returnPathMessagesHaveTypeLengthAndPayload() throws Exception {
        assertThat(Bytes.written(new ReturnPathMessage.Shut(1)::write)).isEqualTo("0001" + "0004" + "00000001");
        assertThat(Bytes.written(new ReturnPathMessage.Pong(1)::write)).isEqualTo("0002" + "0004" + "00000001");
        assertThat(Bytes.written(new ReturnPathMessage.SwitchoverAck()::write)).isEqualTo("0007" + "0000");
        assertThat(ReturnPathMessage.read(Bytes.of("0001 0004 00000000"))).isEqualTo(new ReturnPathMessage.Shut(0));
        assertThat(ReturnPathMessage.read(Bytes.of("0002 0004 00000001"))).isEqualTo(new ReturnPathMessage.Pong(1));
        assertThat(ReturnPathMessage.read(Bytes.of("0007 0000"))).isEqualTo(new ReturnPathMessage.SwitchoverAck());
    }

    @ParameterizedTest
    @MethodSource("postcopyCommands")
    void commandsOfPostcopyAreQemus(StreamCommand command, String bytes) throws Exception {
        assertThat(Bytes.written(command::write)).isEqualTo("08" + bytes);
        assertThat(StreamCommand.read(Bytes.of(bytes))).isEqualTo(command);
    }

    static Stream<Arguments> postcopyCommands() {
        var ranges = List.of(new StreamCommand.Range(0, 0x1000), new StreamCommand.Range(0x200000, 0x400000));
        return Stream.of(
                arguments(new StreamCommand.PostcopyAdvise(0x201000, 0x1000),
                        "0003" + "0010" + "0000000000201000" + "0000000000001000"),
                arguments(new StreamCommand.PostcopyListen(), "0004" + "0000"),
                arguments(new StreamCommand.PostcopyRun(), "0005" + "0000"),
                arguments(new StreamCommand.PostcopyDiscard("pc.ram", ranges),
                        "0006" + "0029" + "00" + "06" + Bytes.hex("pc.ram") + "00" + "0000000000000000"
                                + "0000000000001000" + "0000000000200000" + "0000000000400000"),
                arguments(new StreamCommand.Packaged(0x1234), "0007" + "0004" + "00001234"),
                arguments(new StreamCommand.PostcopyResume(), "0009" + "0000"),
                arguments(new StreamCommand.SendReceivedBitmap("rom"), "000a" + "0004" + "03" + Bytes.hex("rom")));
    }

    @ParameterizedTest
    @MethodSource("postcopyMessages")
    void returnPathMessagesOfPostcopyAreQemus(ReturnPathMessage message, String bytes) throws Exception {
        assertThat(Bytes.written(message::write)).isEqualTo(bytes);
        assertThat(ReturnPathMessage.read(Bytes.of(bytes))).isEqualTo(message);
    }

    static Stream<Arguments> postcopyMessages() {
        return Stream.of(
                arguments(new ReturnPathMessage.PageRequest(Optional.of("pc.ram"), 0xcb000, 0x1000),
                        "0003" + "0013" + "00000000000cb000" + "00001000" + "06" + Bytes.hex("pc.ram")),
                arguments(new ReturnPathMessage.PageRequest(Optional.empty(), 0xcc000, 0x200000),
                        "0004" + "000c" + "00000000000cc000" + "00200000"),
                arguments(new ReturnPathMessage.Received("rom"), "0005" + "0004" + "03" + Bytes.hex("rom")),
                arguments(new ReturnPathMessage.ResumeAck(1), "0006" + "0004" + "00000001"));
    }

    @Test
    void receivedBitmapHasABitForEachPageAndAMarkAtItsEnd() throws Exception {
        long[] words = {0x8000000000000001L, 0x5};
        String bytes = "0000000000000010" + "0100000000000080" + "0500000000000000" + "0123456789abcdef";
        assertThat(Bytes.written(out -> ReceivedBitmap.write(out, 67, i -> words[i]))).isEqualTo(bytes);
        long[] got = new long[2];
        ReceivedBitmap.read(Bytes.of(bytes), 67, (i, bits) -> got[i] = bits);
        assertThat(got).isEqualTo(words);
    }

    @Test
    void blockListBeginsWithTheTotalAndEndsWhenItIsReached() throws Exception {
        var blocks = List.of(new RamBlockEntry("pc.ram", 0x8000000), new RamBlockEntry("rom", 0x1000));
        String bytes = "0000000008001004" + "06" + Bytes.hex("pc.ram") + "0000000008000000" + "03" + Bytes.hex("rom")
                + "0000000000001000";
        assertThat(Bytes.written(out -> RamBlockEntry.writeList(out, blocks))).isEqualTo(bytes);
        WireInput in = Bytes.of(bytes);
        long word = in.u64();
        assertThat(word & RamRecord.FLAGS).isEqualTo(RamRecord.MEM_SIZE);
        assertThat(RamBlockEntry.readList(in, word & ~(long) RamRecord.FLAGS)).isEqualTo(blocks);
    }

    @Test
    void blockListIsReadEntryByEntryWhenSomethingStandsBetween() throws Exception {
        WireInput in = Bytes.of("01" + "61" + "0000000000001000" + "ffff" + "01" + "62" + "0000000000002000");
        var list = new RamBlockEntry.ListReader(in, 0x3000);
        assertThat(list.hasNext()).isTrue();
        assertThat(list.next()).isEqualTo(new RamBlockEntry("a", 0x1000));
        assertThat(in.position()).isEqualTo(new RamBlockEntry("a", 0x1000).wireBytes());
        in.u16();
        assertThat(list.next()).isEqualTo(new RamBlockEntry("b", 0x2000));
        assertThat(list.hasNext()).isFalse();
    }

    @Test
    void vmDescriptionListsSectionsAndFieldsInOrder() throws Exception {
        var fields = new DeviceStateWriter().u32("size", 1).buffer("data", new byte[3]).fields();
        var description = new VmDescription(4096, List.of(new VmDescription.Device("cpu", 1, 2, fields)));
        String json = "{\"page_size\":4096,\"devices\":[{\"name\":\"cpu\",\"instance_id\":1,\"vmsd_name\":\"cpu\",\"version\":2,\"fields\":["
                + "{\"name\":\"size\",\"type\":\"uint32\",\"size\":4},{\"name\":\"data\",\"type\":\"buffer\",\"size\":3}]}]}";
        assertThat(description.toJson()).isEqualTo(json);
        assertThat(Bytes.written(description::write))
                .isEqualTo("06" + "%08x".formatted(json.length()) + Bytes.hex(json));
    }

    @Test
    void deviceStateIsBigEndian() {
        var state = new DeviceStateWriter().u8("a", 0x1ff).u16("b", 0x1234).u32("c", 0x89abcdef)
                .u64("d", 0x1122334455667788L).text("e", "ab", 4);
        assertThat(state.body()).asHexString().isEqualTo("FF" + "1234" + "89ABCDEF" + "1122334455667788" + "61620000");
        assertThat(state.fields()).extracting(VmDescription.Field::size).containsExactly(1, 2, 4, 8, 4);
    }
}
