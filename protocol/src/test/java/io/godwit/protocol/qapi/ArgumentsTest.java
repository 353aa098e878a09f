package io.godwit.protocol.qapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** What commands take, and how they say no. The many single faults are in the recorded conversations. */
class ArgumentsTest {

    private static ObjectNode json(String text) {
        return (ObjectNode) JsonMapper.shared().readTree(text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"uri":"x","channels":[{"addr":5}]}                      | Parameter 'channels[0].channel-type' is missing
            {"x":1,"channels":[{"channel-type":"main","addr":5}]}    | Invalid parameter type for 'channels[0].addr', expected: object
            {"channels":[{"channel-type":"main","addr":{"transport":"exec","args":["a",1]}}]} | Invalid parameter type for 'channels[0].addr.args[1]', expected: string
            {"channels":[{"channel-type":"main","addr":{"transport":"socket","type":"inet","host":"h","port":"1","to":70000}}]} | Parameter 'to' expects uint16_t
            {"channels":[{"channel-type":"main","addr":{"transport":"socket","type":"inet","host":"h","port":"1","to":"x"}}]}   | Parameter 'channels[0].addr.to' expects uint64
            {"channels":[{"channel-type":"main","addr":{"transport":"file","filename":"f","offset":"0"}}]} | Parameter 'channels[0].addr.offset' expects uint64
            {"channels":[{"channel-type":"main","addr":{"transport":"exec","args":[],"type":"unix"}}]} | Parameter 'channels[0].addr.type' is unexpected
            {"channels":[{"channel-type":"main","addr":{"transport":"exec","args":[]}}]} | Channel of transport 'exec' needs at least one of 'args', the program
            {"channels":[{"channel-type":"cpr","addr":{"transport":"exec","args":["a"]}}]} | Channel list has no main entry
            {"channels":[{"channel-type":"main","addr":{"transport":"exec","args":["a"]}},{"channel-type":"cpr","addr":{"transport":"exec","args":["a"]}}]} | Channel type 'cpr' is only for migration mode 'cpr-transfer'
            """)
    void saysWhatIsWrongWithMigrate(String arguments, String text) {
        assertThatThrownBy(() -> MigrateArguments.TYPE.parse(json(arguments)).address())
                .isInstanceOf(QmpException.class).hasMessage(text);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"transport":"socket","type":"inet","host":"h","port":"1"}
            {"transport":"socket","type":"unix","path":"/p"}
            {"transport":"socket","type":"vsock","cid":"3","port":"1"}
            {"transport":"socket","type":"fd","str":"n"}
            {"transport":"exec","args":["a","b"]}
            {"transport":"file","filename":"f","offset":18446744073709551615}
            {"transport":"rdma","host":"h","port":"1","ipv6":true}
            """)
    void readsEveryKindOfAddress(String address) throws QmpException {
        var parsed = MigrationAddress.TYPE.parse(json(address), QapiPath.ARGUMENTS);
        assertThat(parsed).isEqualTo(switch (parsed) {
            case MigrationAddress.Inet _ -> new MigrationAddress.Inet("h", "1");
            case MigrationAddress.UnixPath _ -> new MigrationAddress.UnixPath("/p");
            case MigrationAddress.Vsock _ -> new MigrationAddress.Vsock("3", "1");
            case MigrationAddress.FdName _ -> new MigrationAddress.FdName("n");
            case MigrationAddress.Exec _ -> new MigrationAddress.Exec(List.of("a", "b"));
            case MigrationAddress.FilePath _ -> new MigrationAddress.FilePath("f", Long.MAX_VALUE);
            case MigrationAddress.Rdma _ -> new MigrationAddress.Rdma("h", "1", new InetOptions(Optional.empty(),
                    Optional.empty(), Optional.empty(), Optional.of(true), Optional.empty(), Optional.empty()));
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"max-bytes":0}                    | Parameter 'max-bytes' expects a value between 1 and 9223372036854775807, got 0
            {"max-bytes":18446744073709551615} | Parameter 'max-bytes' expects a value between 1 and 9223372036854775807, got 18446744073709551615
            {"max-downtime-ms":2000001}        | Parameter 'max-downtime-ms' expects a value between 1 and 2000000, got 2000001
            {"deadline-s":31536001}            | Parameter 'deadline-s' expects a value between 1 and 31536000, got 31536001
            {"deadline-s":-1}                  | Parameter 'deadline-s' expects uint64
            {"max-bytes":"1G"}                 | Parameter 'max-bytes' expects uint64
            """)
    void saysWhichTermIsNone(String arguments, String text) {
        assertThatThrownBy(() -> MigrateArguments.TYPE.parse(json(arguments)).terms()).isInstanceOf(QmpException.class)
                .hasMessage(text);
    }

    @Test
    void readsTermsAndThatThereAreNone() throws QmpException {
        assertThat(MigrateArguments.TYPE.parse(json("{\"uri\":\"a\"}")).terms().isEmpty()).isTrue();
        assertThat(MigrateArguments.TYPE
                .parse(json("{\"max-bytes\":1,\"max-downtime-ms\":2000000,\"deadline-s\":31536000}")).terms())
                .isEqualTo(new MigrationTerms(OptionalLong.of(1), OptionalLong.of(2_000_000),
                        OptionalLong.of(31_536_000)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"resume":true}            | Parameter 'resume' is for a migration that was paused, not for a new one
            {"x-godwit-tls-peer":"ab"} | Parameter 'x-godwit-tls-peer' is for migrate itself, not for one in a transaction
            {"deadline-s":1}           | Terms are for a guest that goes, not for one that is saved
            """)
    void refusesForASaveWhatIsForAMigrationToAnotherPlace(String arguments, String text) throws QmpException {
        MigrateArguments.TYPE.parse(json("{\"uri\":\"file:/f\",\"detach\":true}")).checkForSaving();
        assertThatThrownBy(() -> MigrateArguments.TYPE.parse(json(arguments)).checkForSaving())
                .isInstanceOf(QmpException.class).hasMessage(text);
    }

    @Test
    void readsWhomTheOtherEndIsToBe() throws QmpException {
        assertThat(MigrateArguments.TYPE.parse(json("{\"x-godwit-tls-peer\":\"ab\"}")).tlsPeer()).contains("ab");
        assertThat(MigrateIncomingArguments.TYPE.parse(json("{\"x-godwit-tls-peer\":\"ab\"}")).tlsPeer())
                .contains("ab");
        assertThat(MigrateArguments.TYPE.parse(json("{}")).tlsPeer()).isEmpty();
    }

    @Test
    void givesAbsentArgumentsTheirDefaults() throws QmpException {
        assertThat(MigrateArguments.TYPE.parse(json("{}")).resume()).isFalse();
        assertThat(MigrateIncomingArguments.TYPE.parse(json("{}")).exitOnError()).isEmpty();
        assertThat(QmpCapabilitiesArguments.TYPE.parse(json("{}")).oob()).isFalse();
        assertThat(CalcDirtyRateArguments.TYPE.parse(json("{\"calc-time\":1}"))).isEqualTo(
                new CalcDirtyRateArguments(1, TimeUnit.SECOND, Optional.empty(), DirtyRateMeasureMode.PAGE_SAMPLING));
    }

    @Test
    void takesTheRestAsTheyAre() throws QmpException {
        assertThat(AddFdArguments.TYPE.parse(json("{\"fdset-id\":-1,\"opaque\":\"o\"}")))
                .isEqualTo(new AddFdArguments(Optional.of(-1L), Optional.of("o")));
        assertThat(RemoveFdArguments.TYPE.parse(json("{\"fdset-id\":1,\"fd\":2}")))
                .isEqualTo(new RemoveFdArguments(1, Optional.of(2L)));
        assertThat(HumanMonitorCommandArguments.TYPE.parse(json("{\"command-line\":\"info status\"}")))
                .isEqualTo(new HumanMonitorCommandArguments("info status", Optional.empty()));
        assertThat(MigrateContinueArguments.TYPE.parse(json("{\"state\":\"pre-switchover\"}")).state())
                .isEqualTo(MigrationStatus.PRE_SWITCHOVER);
        assertThat(QmpCapabilitiesArguments.TYPE.parse(json("{\"enable\":[\"oob\",\"oob\"]}")).oob()).isTrue();
        assertThat(YankArguments.TYPE.parse(json("{\"instances\":[{\"type\":\"migration\"}]}")).instances())
                .containsExactly(new YankInstance.Migration());
    }

    @Test
    void namesNoMemberForAWordInAList() {
        assertThatThrownBy(() -> QmpCapabilitiesArguments.TYPE.parse(json("{\"enable\":[\"fly\"]}")))
                .hasMessage("Parameter 'null' does not accept value 'fly'");
    }

    @Test
    void refusesNegativeSizesWhichQemuWrapsAround() {
        assertThatThrownBy(() -> MigrateSetParametersArguments.TYPE.parse(json("{\"max-bandwidth\":-1}")))
                .hasMessage("Parameter 'max-bandwidth' expects uint64");
        assertThatThrownBy(() -> MigrateSetParametersArguments.TYPE.parse(json("{\"multifd-channels\":-1}")))
                .hasMessage("Parameter 'multifd-channels' expects uint8_t");
        assertThatThrownBy(() -> MigrateSetParametersArguments.TYPE.parse(json("{\"x-checkpoint-delay\":4294967296}")))
                .hasMessage("Parameter 'x-checkpoint-delay' expects uint32_t");
    }

    @Test
    void lateCapabilitiesWinAndUnnamedOnesStay() throws QmpException {
        var before = MigrationCapabilities.NONE.with(MigrationCapability.EVENTS, true);
        var arguments = MigrateSetCapabilitiesArguments.TYPE.parse(json("""
                {"capabilities":[{"capability":"xbzrle","state":true},{"capability":"xbzrle","state":false},
                                 {"capability":"x-colo","state":true}]}"""));
        assertThat(arguments.applyTo(before).on()).containsExactlyInAnyOrder(MigrationCapability.EVENTS,
                MigrationCapability.X_COLO);
    }

    @Test
    void refusesAUnionThatForgetsAWord() {
        var tag = Member.required("type", SocketAddressType.TYPE);
        assertThatThrownBy(() -> new UnionType<SocketAddressType, NoArguments>("U", tag,
                Map.of(SocketAddressType.FD, NoArguments.TYPE))).isInstanceOf(IllegalArgumentException.class);
    }
}
