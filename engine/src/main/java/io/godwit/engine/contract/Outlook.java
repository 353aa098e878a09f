package io.godwit.engine.contract;

import io.godwit.protocol.course.PrecopyCourse;
import io.godwit.protocol.course.WriteCurve;
import io.godwit.protocol.qapi.ContractBasis;
import io.godwit.protocol.qapi.ContractInfo.Forecast;
import io.godwit.protocol.qapi.ContractVerdict;
import io.godwit.protocol.qapi.MigrationTerms;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What is known of a migration while it is under way, and what follows from that for its terms.
 *
 * @param sentBytes so far
 * @param seconds so far, from {@code migrate} on
 * @param leftBytes of the present pass
 * @param inPassSeconds since that began
 * @param bytesPerSecond of the link; 0 while unknown
 * @param postcopyBytesPerSecond what it would be in postcopy
 * @param stillSeconds how long a last pass may take
 */
record Outlook(ContractBasis basis, double sentBytes, double seconds, double leftBytes, double inPassSeconds,
        double bytesPerSecond, double postcopyBytesPerSecond, WriteCurve writes, double stillSeconds) {
    private static final double MIB = 1 << 20;
    private static final double MILLIS = 1000;

    /** How it will go by one of the two ways. */
    private record Way(double bytes, double seconds, OptionalLong downtimeMillis) {}

    /** What would have to be sent yet if the guest were given away now. */
    double owedBytes() {
        return leftBytes + writes.bytes(inPassSeconds);
    }

    /** Whether precopy would come to an end by itself. */
    boolean converges() {
        return course().converges();
    }

    /** What is to be expected. */
    Forecast forecast(MigrationTerms terms) {
        if (bytesPerSecond <= 0) {
            return unknownLink(terms);
        }
        PrecopyCourse course = course();
        Optional<String> precopyBreaks = course.converges() ? broken(terms, precopy(course)) : endless(terms, course);
        if (precopyBreaks.isEmpty()) {
            return forecast(ContractVerdict.FEASIBLE, Optional.empty(), precopy(course));
        }
        Optional<String> postcopyBreaks = broken(terms, postcopy());
        return postcopyBreaks.isEmpty()
                ? forecast(ContractVerdict.ONLY_WITH_POSTCOPY, precopyBreaks, postcopy())
                : forecast(ContractVerdict.INFEASIBLE, postcopyBreaks, postcopy());
    }

    /** Where nothing is known of the link, time cannot be told; that everything has to go once can. */
    private Forecast unknownLink(MigrationTerms terms) {
        double once = sentBytes + leftBytes;
        Optional<String> breaks = bytesBroken(terms, once);
        return new Forecast(breaks.isEmpty() ? ContractVerdict.FEASIBLE : ContractVerdict.INFEASIBLE, basis, breaks,
                OptionalLong.empty(), OptionalLong.empty(), OptionalLong.of((long) once));
    }

    private PrecopyCourse course() {
        return PrecopyCourse.of(leftBytes, inPassSeconds, bytesPerSecond, writes, stillSeconds);
    }

    private Way precopy(PrecopyCourse course) {
        return new Way(sentBytes + course.bytes(), seconds + course.seconds(),
                OptionalLong.of((long) (course.downtimeSeconds() * MILLIS)));
    }

    private Way postcopy() {
        return new Way(sentBytes + owedBytes(), seconds + owedBytes() / postcopyBytesPerSecond, OptionalLong.empty());
    }

    private Forecast forecast(ContractVerdict verdict, Optional<String> reason, Way way) {
        return new Forecast(verdict, basis, reason, OptionalLong.of((long) (way.seconds() * MILLIS)),
                way.downtimeMillis(), OptionalLong.of((long) way.bytes()));
    }

    private static Optional<String> broken(MigrationTerms terms, Way way) {
        return bytesBroken(terms, way.bytes()).or(() -> deadlineBroken(terms, way.seconds()));
    }

    private static Optional<String> bytesBroken(MigrationTerms terms, double bytes) {
        return terms.maxBytes().isPresent() && bytes > terms.maxBytes().getAsLong()
                ? Optional
                        .of(String.format(Locale.ROOT, "max-bytes: it would send about %.0f bytes, at most %d expected",
                                bytes, terms.maxBytes().getAsLong()))
                : Optional.empty();
    }

    private static Optional<String> deadlineBroken(MigrationTerms terms, double seconds) {
        return terms.deadlineSeconds().isPresent() && seconds > terms.deadlineSeconds().getAsLong()
                ? Optional.of(String.format(Locale.ROOT, "deadline-s: it would take about %.1f s, at most %d expected",
                        seconds, terms.deadlineSeconds().getAsLong()))
                : Optional.empty();
    }

    private Optional<String> endless(MigrationTerms terms, PrecopyCourse course) {
        String term = terms.maxDowntimeMillis().isPresent()
                ? "max-downtime-ms"
                : terms.deadlineSeconds().isPresent() ? "deadline-s" : "max-bytes";
        return Optional.of(String.format(Locale.ROOT,
                "%s: not converging: the guest writes %.1f MiB/s, the link carries %.1f MiB/s", term,
                course.writtenPerSecond() / MIB, bytesPerSecond / MIB));
    }
}
