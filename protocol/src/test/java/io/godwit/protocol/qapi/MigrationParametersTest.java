package io.godwit.protocol.qapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qmp.QmpException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Each range's limits are in the recorded conversation {@code params-ranges}. */
class MigrationParametersTest {

    private static MigrationParameters set(MigrationParameters before, String changes) throws QmpException {
        var json = (ObjectNode) JsonMapper.shared().readTree(changes);
        return before.with(MigrateSetParametersArguments.TYPE.parse(json));
    }

    private static MigrationParameters set(String changes) throws QmpException {
        return set(MigrationParameters.DEFAULTS, changes);
    }

    @Test
    void startsWithQemusDefaults() {
        String shown = MigrationParameters.DEFAULTS.toJson().toString();
        assertThat(JsonMapper.shared().readTree(shown)).isEqualTo(JsonMapper.shared().readTree("""
                {"announce-initial": 50, "announce-max": 550, "announce-rounds": 5, "announce-step": 100,
                 "throttle-trigger-threshold": 50, "cpu-throttle-initial": 20, "cpu-throttle-increment": 10,
                 "cpu-throttle-tailslow": false, "tls-creds": "", "tls-hostname": "", "tls-authz": "",
                 "max-bandwidth": 134217728, "avail-switchover-bandwidth": 0, "downtime-limit": 300,
                 "x-checkpoint-delay": 20000, "multifd-channels": 2, "xbzrle-cache-size": 67108864,
                 "max-postcopy-bandwidth": 0, "max-cpu-throttle": 99, "multifd-compression": "none",
                 "multifd-zlib-level": 1, "multifd-qatzip-level": 1, "multifd-zstd-level": 1,
                 "x-vcpu-dirty-limit-period": 1000, "vcpu-dirty-limit": 1, "mode": "normal",
                 "zero-page-detection": "multifd", "direct-io": false}"""));
    }

    @Test
    void changesWhatIsNamedAndKeepsTheOriginal() throws QmpException {
        var changed = set("{\"max-bandwidth\":0,\"downtime-limit\":100,\"direct-io\":true,\"tls-creds\":\"t\"}");
        assertThat(changed.maxBandwidth()).isZero();
        assertThat(changed.downtimeLimitMillis()).isEqualTo(100);
        assertThat(changed.directIo()).isTrue();
        assertThat(changed.multifdChannels()).isEqualTo(2);
        assertThat(MigrationParameters.DEFAULTS.maxBandwidth()).isEqualTo(134217728);
        assertThat(set(changed, "{\"tls-creds\":null}").tlsCreds()).isEmpty();
    }

    @Test
    void keepsTheLargestBandwidthExactButNeverNegative() throws QmpException {
        var fastest = set("{\"max-bandwidth\":18446744073709551615}");
        assertThat(fastest.toJson().get("max-bandwidth").bigIntegerValue()).hasToString("18446744073709551615");
        assertThat(fastest.maxBandwidth()).isEqualTo(Long.MAX_VALUE);
        assertThat(set("{\"max-bandwidth\":9223372036853727232}").maxBandwidth()).isEqualTo(9223372036853727232L);
    }

    /** In the order in which QEMU 10.0.2 told them when all were wrong at once. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"multifd-channels":0,"cpu-throttle-initial":0,"announce-max":200000} | Parameter 'cpu_throttle_initial' expects an integer in the range of 1 to 99
            {"announce-step":0,"max-cpu-throttle":100,"xbzrle-cache-size":3} | Parameter 'xbzrle_cache_size' expects a power of two no less than the target page size
            {"vcpu-dirty-limit":0,"max-cpu-throttle":100,"announce-step":0}  | Parameter 'max_cpu_throttle' expects an integer in the range of cpu_throttle_initial to 99
            {"vcpu-dirty-limit":0,"x-vcpu-dirty-limit-period":0}             | Parameter 'x-vcpu-dirty-limit-period' expects a value between 1 and 1000
            {"multifd-qatzip-level":0}                                       | Parameter 'multifd_qatzip_level' expects a value between 1 and 9
            {"announce-max":18446744073709551615}                            | Parameter 'announce_max' expects a value between 0 and 100000
            """)
    void tellsTheFirstOfSeveralOutOfRange(String changes, String text) {
        assertThatThrownBy(() -> set(changes)).isInstanceOf(QmpException.class).hasMessage(text);
    }

    @Test
    void judgesTheMaximumThrottleByTheInitialOneThatItWillBeWith() throws QmpException {
        var narrow = set("{\"cpu-throttle-initial\":50,\"max-cpu-throttle\":60}");
        assertThat(set(narrow, "{\"cpu-throttle-initial\":70,\"max-cpu-throttle\":80}").maxCpuThrottle()).isEqualTo(80);
        assertThatThrownBy(() -> set(narrow, "{\"cpu-throttle-initial\":70}")).hasMessageContaining("max_cpu_throttle");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            {"node-name":"a","alias":"","bitmaps":[]}                                               | The node alias '' is not well-formed
            {"node-name":"a","alias":"1x","bitmaps":[]}                                             | The node alias '1x' is not well-formed
            {"node-name":"a","alias":"b","bitmaps":[]},{"node-name":"a","alias":"c","bitmaps":[]}   | The node name 'a' is mapped twice
            {"node-name":"a","alias":"b","bitmaps":[]},{"node-name":"c","alias":"b","bitmaps":[]}   | The node alias 'b' is used twice
            {"node-name":"a","alias":"b","bitmaps":[{"name":"n","alias":"x"},{"name":"n","alias":"y"}]} | The bitmap 'a'/'n' is mapped twice
            {"node-name":"a","alias":"b","bitmaps":[{"name":"n","alias":"x"},{"name":"m","alias":"x"}]} | The bitmap alias 'b'/'x' is used twice
            """)
    void refusesABitmapMappingThatIsNotOneToOne(String mapping, String reason) {
        assertThatThrownBy(() -> set("{\"block-bitmap-mapping\":[" + mapping + "]}"))
                .hasMessage("Invalid mapping given for block-bitmap-mapping: " + reason);
    }

    @Test
    void showsABitmapMappingOnlyOnceSet() throws QmpException {
        String mapping = """
                [{"node-name":"a","alias":"b",
                  "bitmaps":[{"name":"n","alias":"","transform":{"persistent":true}},{"name":"m","alias":"y"}]}]""";
        assertThat(MigrationParameters.DEFAULTS.toJson().has("block-bitmap-mapping")).isFalse();
        assertThat(set("{\"block-bitmap-mapping\":" + mapping + "}").toJson().get("block-bitmap-mapping"))
                .isEqualTo(JsonMapper.shared().readTree(mapping));
    }
}
