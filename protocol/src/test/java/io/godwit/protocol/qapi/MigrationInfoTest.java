package io.godwit.protocol.qapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.protocol.qapi.MigrationInfo.ListeningAddress;
import io.godwit.protocol.qapi.MigrationInfo.MigrationStats;
import io.godwit.protocol.qapi.MigrationInfo.XbzrleCacheStats;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;

class MigrationInfoTest {
    private static final MigrationStats RAM = new MigrationStats(1, 2, 3, 4, 5, 6, 7, Double.NaN, 9, 10, 11, 12, 13, 14,
            15, 16, 17, 18, 19);
    private static final XbzrleCacheStats CACHE = new XbzrleCacheStats(1, 2, 3, 4, 0.5, 6.5, 7);

    private static MigrationInfo full(MigrationStatus status) {
        return new MigrationInfo(Optional.of(status), OptionalLong.of(1), OptionalLong.of(2), OptionalLong.of(3),
                OptionalLong.of(4), OptionalInt.of(5), Optional.of(RAM), Optional.of(CACHE), Optional.of("e"),
                List.of(new ListeningAddress.Unix("/s")), List.of(),
                Optional.of(new MigrationInfo.Blocktime(7, List.of(8L, 9L))));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            setup            | status socket-address
            active           | status total-time setup-time expected-downtime cpu-throttle-percentage ram xbzrle-cache
            pre-switchover   | status total-time setup-time expected-downtime cpu-throttle-percentage ram xbzrle-cache
            device           | status total-time setup-time expected-downtime cpu-throttle-percentage ram xbzrle-cache
            cancelling       | status total-time setup-time expected-downtime cpu-throttle-percentage ram xbzrle-cache
            postcopy-active  | status total-time setup-time downtime ram xbzrle-cache error-desc socket-address
            postcopy-paused  | status total-time setup-time downtime ram xbzrle-cache error-desc socket-address
            postcopy-recover | status total-time setup-time downtime ram xbzrle-cache error-desc socket-address
            completed        | status total-time setup-time downtime ram xbzrle-cache postcopy-blocktime postcopy-vcpu-blocktime
            failed           | status error-desc
            cancelled        | status error-desc
            """)
    void showsTheMembersOfEachStatusAndNoOthers(String word, String members) {
        var status = MigrationStatus.valueOf(word.replace('-', '_').toUpperCase(java.util.Locale.ROOT));
        var json = full(status).toJson();
        assertThat(json.propertyNames()).containsExactlyInAnyOrder(members.split(" ", -1));
        assertThat(json.get("status").stringValue()).isEqualTo(word);
    }

    @ParameterizedTest
    @EnumSource(MigrationStatus.class)
    void leavesOutWhatIsNotThere(MigrationStatus status) {
        var json = MigrationInfo.of(status).toJson();
        assertThat(json.size()).isEqualTo(status == MigrationStatus.NONE ? 0 : 1);
    }

    @Test
    void showsWhyAGuestCannotMigrateBeforeItEverDid() {
        var blocked = new MigrationInfo(Optional.empty(), OptionalLong.empty(), OptionalLong.empty(),
                OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(),
                List.of(), List.of("because"), Optional.empty());
        assertThat(blocked.toJson()).hasToString("{\"blocked-reasons\":[\"because\"]}");
    }

    @ParameterizedTest
    @EnumSource(names = {"SETUP", "ACTIVE", "POSTCOPY_ACTIVE", "COMPLETED", "FAILED", "CANCELLED"})
    void printsAContractWhateverTheStatus(MigrationStatus status) {
        var contract = new ContractInfo(
                new MigrationTerms(OptionalLong.of(1), OptionalLong.empty(), OptionalLong.of(3)),
                Optional.of(new ContractInfo.Forecast(ContractVerdict.ONLY_WITH_POSTCOPY, ContractBasis.LINK,
                        Optional.of("r"), OptionalLong.of(4), OptionalLong.empty(), OptionalLong.of(5))),
                Optional.of(new ContractInfo.Report(6, 7, 8, 9, 10, List.of("b"))));
        assertThat(MigrationInfo.of(status).with(contract).toJson().get("x-godwit-contract")).hasToString(
                "{\"terms\":{\"max-bytes\":1,\"deadline-s\":3},\"forecast\":{\"verdict\":\"only-with-postcopy\","
                        + "\"basis\":\"link\",\"reason\":\"r\",\"total-ms\":4,\"bytes\":5},\"report\":{\"blackout-ms\":6,"
                        + "\"brownout-ms\":7,\"precopy-bytes\":8,\"downtime-bytes\":9,\"postcopy-bytes\":10,"
                        + "\"broken\":[\"b\"]}}");
    }

    @Test
    void printsAllOfRam() {
        assertThat(full(MigrationStatus.COMPLETED).toJson().get("ram")).hasToString(
                "{\"transferred\":1,\"remaining\":2,\"total\":3,\"duplicate\":4,\"normal\":5,\"normal-bytes\":6,"
                        + "\"dirty-pages-rate\":7,\"mbps\":0.0,\"dirty-sync-count\":9,\"postcopy-requests\":10,"
                        + "\"page-size\":11,\"multifd-bytes\":12,\"pages-per-second\":13,\"precopy-bytes\":14,"
                        + "\"downtime-bytes\":15,\"postcopy-bytes\":16,\"dirty-sync-missed-zero-copy\":17,"
                        + "\"x-godwit-untouched-pages\":18,\"x-godwit-free-pages\":19}");
    }

    @Test
    void printsAllOfTheCacheOfPagesThatWereSent() {
        assertThat(full(MigrationStatus.ACTIVE).toJson().get("xbzrle-cache")).hasToString(
                "{\"cache-size\":1,\"bytes\":2,\"pages\":3,\"cache-miss\":4,\"cache-miss-rate\":0.5,"
                        + "\"encoding-rate\":6.5,\"overflow\":7}");
    }

    @Test
    void printsHowLongVcpusWaitedForPages() {
        var json = full(MigrationStatus.COMPLETED).toJson();
        assertThat(json.get("postcopy-blocktime").longValue()).isEqualTo(7);
        assertThat(json.get("postcopy-vcpu-blocktime")).hasToString("[8,9]");
    }

    @Test
    void printsWhereADestinationListens() {
        var info = new MigrationInfo(Optional.of(MigrationStatus.SETUP), OptionalLong.empty(), OptionalLong.empty(),
                OptionalLong.empty(), OptionalLong.empty(), OptionalInt.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(),
                List.of(new ListeningAddress.Inet("127.0.0.1", 4444), new ListeningAddress.Inet("::1", 4444)),
                List.of(), Optional.empty());
        assertThat(info.toJson().get("socket-address")).isEqualTo(JsonMapper.shared().readTree("""
                [{"type":"inet","host":"127.0.0.1","port":"4444","ipv4":true},
                 {"type":"inet","host":"::1","port":"4444","ipv6":true}]"""));
    }

    @Test
    void saysThatOnlyRunningRuns() {
        assertThat(RunState.RUNNING.toStatusInfo()).hasToString("{\"status\":\"running\",\"running\":true}");
        assertThat(RunState.FINISH_MIGRATE.toStatusInfo())
                .hasToString("{\"status\":\"finish-migrate\",\"running\":false}");
    }
}
