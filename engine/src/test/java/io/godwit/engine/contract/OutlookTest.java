package io.godwit.engine.contract;

import static io.godwit.protocol.qapi.ContractVerdict.FEASIBLE;
import static io.godwit.protocol.qapi.ContractVerdict.INFEASIBLE;
import static io.godwit.protocol.qapi.ContractVerdict.ONLY_WITH_POSTCOPY;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.protocol.course.WriteCurve;
import io.godwit.protocol.qapi.ContractBasis;
import io.godwit.protocol.qapi.ContractInfo.Forecast;
import io.godwit.protocol.qapi.ContractVerdict;
import io.godwit.protocol.qapi.MigrationTerms;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OutlookTest {
    private static final long MIB = 1 << 20;

    /** Of 100 MiB, 20 of which are sent, in 2 s: 8 s are left of this pass. */
    private static Outlook outlook(double writtenMibPerSecond, double mibPerSecond) {
        return new Outlook(ContractBasis.LINK, 20 * MIB, 2, 80 * MIB, 2, mibPerSecond * MIB, mibPerSecond * MIB,
                WriteCurve.NOTHING.with(1, writtenMibPerSecond * MIB), 0.3);
    }

    private static MigrationTerms terms(@Nullable Long mib, @Nullable Long downtimeMillis, @Nullable Long seconds) {
        return new MigrationTerms(mib == null ? OptionalLong.empty() : OptionalLong.of(mib * MIB),
                downtimeMillis == null ? OptionalLong.empty() : OptionalLong.of(downtimeMillis),
                seconds == null ? OptionalLong.empty() : OptionalLong.of(seconds));
    }

    @ParameterizedTest
    @CsvSource({
            // a guest that writes half of what is sent: 200 MiB and 20 s by precopy, 110 MiB and 11 s by postcopy
            "5, 250,,, FEASIBLE", "5,,, 25, FEASIBLE", "5, 150,,, ONLY_WITH_POSTCOPY", "5,,, 15, ONLY_WITH_POSTCOPY",
            "5, 105,,, INFEASIBLE", "5,,, 10, INFEASIBLE", "5, 250,, 10, INFEASIBLE", "5,, 300,, FEASIBLE",
            // one that never lets it end
            "20,, 300,, ONLY_WITH_POSTCOPY", "20, 1000,,, ONLY_WITH_POSTCOPY", "20, 130,,, INFEASIBLE",
            // one that writes nothing
            "0, 101,, 11, FEASIBLE", "0, 99,,, INFEASIBLE"})
    void saysWhetherTermsWillBeKept(double written, @Nullable Long mib, @Nullable Long downtime, @Nullable Long seconds,
            ContractVerdict verdict) {
        Forecast forecast = outlook(written, 10).forecast(terms(mib, downtime, seconds));
        assertThat(forecast.verdict()).isEqualTo(verdict);
        assertThat(forecast.reason().isEmpty()).isEqualTo(verdict == FEASIBLE);
    }

    @Test
    void saysWhyGotAgainstExpected() {
        assertThat(outlook(0, 10).forecast(terms(null, null, 9L)).reason())
                .hasValue("deadline-s: it would take about 10.0 s, at most 9 expected");
        assertThat(outlook(20, 10).forecast(terms(null, 300L, null)).reason()).hasValue(
                "max-downtime-ms: not converging: the guest writes 20.0 MiB/s, the link carries 10.0 MiB/s");
    }

    @Test
    void withoutALinkKnowsOnlyWhatHasToGoOnce() {
        Forecast forecast = outlook(5, 0).forecast(terms(99L, null, 1L));
        assertThat(forecast.verdict()).isEqualTo(INFEASIBLE);
        assertThat(forecast.totalMillis()).isEmpty();
        assertThat(outlook(5, 0).forecast(terms(101L, null, 1L)).verdict()).isEqualTo(FEASIBLE);
    }

    @Test
    void speaksOfPostcopyWhereThatIsTheWay() {
        Forecast forecast = outlook(5, 10).forecast(terms(150L, null, null));
        assertThat(forecast.verdict()).isEqualTo(ONLY_WITH_POSTCOPY);
        assertThat(forecast.bytes()).hasValue(110 * MIB);
        assertThat(forecast.totalMillis()).hasValue(11_000);
        assertThat(forecast.downtimeMillis()).isEmpty();
    }
}
