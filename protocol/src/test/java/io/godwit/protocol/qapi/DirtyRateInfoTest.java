package io.godwit.protocol.qapi;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DirtyRateInfoTest {

    @Test
    void answersBeforeAnyMeasurementAsQemuDoes() {
        assertThat(DirtyRateInfo.UNSTARTED.toJson(TimeUnit.SECOND)).hasToString("{\"status\":\"unstarted\","
                + "\"start-time\":0,\"calc-time\":0,\"calc-time-unit\":\"second\",\"sample-pages\":0,"
                + "\"mode\":\"page-sampling\"}");
    }

    @Test
    void hasARateOnlyWhenMeasured() {
        var measuring = DirtyRateInfo.measuring(1_700_000_000, 1500, 512);
        assertThat(measuring.toJson(TimeUnit.SECOND).has("dirty-rate")).isFalse();
        assertThat(measuring.measured(0).toJson(TimeUnit.SECOND)).hasToString("{\"status\":\"measured\","
                + "\"dirty-rate\":0,\"start-time\":1700000000,\"calc-time\":1,\"calc-time-unit\":\"second\","
                + "\"sample-pages\":512,\"mode\":\"page-sampling\"}");
    }

    @Test
    void answersInTheUnitAskedFor() {
        var info = DirtyRateInfo.measuring(1_700_000_000, 1500, 512);
        assertThat(info.toJson(TimeUnit.MILLISECOND).path("calc-time").intValue()).isEqualTo(1500);
        assertThat(info.toJson(TimeUnit.MILLISECOND).path("calc-time-unit").stringValue()).isEqualTo("millisecond");
    }
}
