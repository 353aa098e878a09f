package io.godwit.engine.contract;

import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.qapi.ContractInfo.Report;
import io.godwit.protocol.qapi.MigrationTerms;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What a migration has cost so far, and which of its terms that breaks. Any thread. */
record Costs(Source source, MigrationTerms terms) {
    private static final long NANOS_PER_MILLISECOND = 1_000_000;
    private static final double NANOS_PER_SECOND = 1e9;

    /** What is said of it at its end. */
    Report report() {
        TransferCounters counters = source.counters();
        long still = source.clock().standstillNanos();
        return new Report(still / NANOS_PER_MILLISECOND,
                (source.clock().totalNanos() - still) / NANOS_PER_MILLISECOND, counters.precopyBytes(),
                counters.downtimeBytes(), counters.postcopyBytes(), broken());
    }

    private List<String> broken() {
        var sentences = new ArrayList<String>();
        brokenMaxBytes().ifPresent(sentences::add);
        brokenDowntime().ifPresent(sentences::add);
        brokenDeadline().ifPresent(sentences::add);
        return sentences;
    }

    private Optional<String> brokenMaxBytes() {
        long bytes = source.counters().transferredBytes();
        return terms.maxBytes().isPresent() && bytes > terms.maxBytes().getAsLong()
                ? Optional.of("max-bytes: " + bytes + " bytes were sent, at most " + terms.maxBytes().getAsLong()
                        + " expected")
                : Optional.empty();
    }

    /** That the guest has stood still for too long; it may still do so. */
    Optional<String> brokenDowntime() {
        long still = source.clock().standstillNanos();
        return terms.maxDowntimeMillis().isPresent()
                && still > terms.maxDowntimeMillis().getAsLong() * NANOS_PER_MILLISECOND
                        ? Optional.of(String.format(Locale.ROOT,
                                "max-downtime-ms: the guest stood still for %.1f ms, at most %d expected",
                                (double) still / NANOS_PER_MILLISECOND, terms.maxDowntimeMillis().getAsLong()))
                        : Optional.empty();
    }

    private Optional<String> brokenDeadline() {
        double seconds = source.clock().totalNanos() / NANOS_PER_SECOND;
        return terms.deadlineSeconds().isPresent() && seconds > terms.deadlineSeconds().getAsLong()
                ? Optional.of(String.format(Locale.ROOT, "deadline-s: it took %.3f s, at most %d expected", seconds,
                        terms.deadlineSeconds().getAsLong()))
                : Optional.empty();
    }
}
