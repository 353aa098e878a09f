package io.godwit.engine.contract;

import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.migration.MigrationClock;
import io.godwit.engine.migration.Offer;
import io.godwit.engine.migration.TransferCounters;
import io.godwit.engine.switchover.PassListener;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.qapi.ContractBasis;
import io.godwit.protocol.qapi.ContractInfo;
import io.godwit.protocol.qapi.ContractInfo.Forecast;
import io.godwit.protocol.qapi.ContractVerdict;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.MigrationTerms;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the terms of one outgoing migration. Owns the thread {@code contract}, which looks at it every 10 ms until the hand-over;
 * what a pass will take is known when it begins, and said then, on the migration thread.
 *
 * <pre>
 * before the start      Offers: what cannot be kept is refused
 * setup                 sample(): how fast the guest writes, the first forecast
 * active, 100 ms        the link's speed is known: a forecast, and another at each look
 *                       a term would be broken: given to postcopy while that still keeps it, else ended
 * hand-over             from here on nothing can be ended without losing the guest
 * the end               the report: what it has cost, and what was not kept
 * </pre>
 */
public final class Contract implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Contract.class);
    private static final long LOOK_MILLIS = 10;
    private static final long LINK_IS_KNOWN_NANOS = 100_000_000;
    /** A link may begin slowly: nothing is ended for its speed before that has lasted so long. */
    private static final long LINK_IS_CERTAIN_NANOS = 500_000_000;
    /** How much faster than so far a link may become without our having ended something for nothing. */
    private static final double FASTER = 1.25;
    /** What devices, block lists and the stream's frame take besides the pages, of a guest of our own; more than that the report would show. */
    private static final long BESIDE_PAGES_BYTES = 64 << 10;
    /** What may be on its way to the channel while somebody decides that nothing more shall be. */
    private static final long IN_FLIGHT_BYTES = 2 << 20;
    private static final double SECONDS_TO_SWITCH = 0.5;
    private static final double BYTES_TO_SWITCH = 0.02;
    private static final double NANOS_PER_SECOND = 1e9;

    private final Offer offer;
    private final Source source;
    private final Costs costs;
    private final Runnable breakOff;
    private final CountDownLatch over = new CountDownLatch(1);
    private final Thread thread = Thread.ofPlatform().name("contract").unstarted(this::watch);
    private volatile @Nullable Forecast forecast;

    /**
     * Watches nothing yet.
     *
     * @param source of the migration; its passes' listener is told by {@link #passes}
     * @param breakOff breaks the migration off, from any thread
     */
    public Contract(Offer offer, Source source, Runnable breakOff) {
        this.offer = offer;
        this.source = source;
        costs = new Costs(source, offer.terms());
        this.breakOff = breakOff;
    }

    /** Time counts from now on. */
    public void begin() {
        thread.start();
    }

    /** Before anything is sent: how fast the guest writes. Takes 100 ms of the migration thread, if it runs. */
    public void sample() throws IOException {
        if (source.run().state() == RunState.RUNNING) {
            source.counters().setWrites(WriteSample.of(source.guest(), source.abort()));
        }
        double link = parameters().maxBandwidth();
        forecast = outlook(ContractBasis.SAMPLE, offer.bytesOfAll(), 0, link).forecast(terms());
        LOG.info("terms: {}", forecast);
    }

    /** Who is to be told of the passes. */
    public PassListener passes() {
        PassListener next = source.passes();
        return new PassListener() {
            @Override
            public void passBegins(long number) throws IOException {
                next.passBegins(number);
                checkPass(number);
            }

            @Override
            public void passEnded(PassReport report) throws IOException {
                next.passEnded(report);
            }
        };
    }

    /** All that a pass can take is known when it begins: one that would break max-bytes is not begun. */
    private void checkPass(long number) throws IOException {
        if (number > 1 && pagesGoAsTheyAre() && breaksMaxBytes(source.counters().transferredBytes() + left())) {
            end(bytesBroken());
            source.abort().check();
        }
    }

    private boolean breaksMaxBytes(double bytes) {
        return terms().maxBytes().isPresent() && bytes + BESIDE_PAGES_BYTES > terms().maxBytes().getAsLong();
    }

    private void watch() {
        try {
            while (!over.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (!source.handOver().isGiven()) {
                    look();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        Optional<String> broken = broken();
        if (broken.isPresent()) {
            end(broken.get());
        } else if (source.state().status() == MigrationStatus.ACTIVE
                && source.clock().activeNanos() >= LINK_IS_KNOWN_NANOS) {
            Outlook outlook = outlook(ContractBasis.LINK, left(), source.counters().passSeconds(), link());
            Forecast next = outlook.forecast(terms());
            forecast = next;
            if (next.verdict() != ContractVerdict.FEASIBLE) {
                act(outlook, next);
            }
        }
    }

    /** What is broken at this moment, or is about to be before the next look. */
    private Optional<String> broken() {
        MigrationClock clock = source.clock();
        if (terms().deadlineSeconds().isPresent()
                && clock.totalNanos() >= terms().deadlineSeconds().getAsLong() * NANOS_PER_SECOND) {
            return Optional.of(String.format(Locale.ROOT, "deadline-s: not there after %.1f s, at most %d expected",
                    clock.totalNanos() / NANOS_PER_SECOND, terms().deadlineSeconds().getAsLong()));
        }
        Optional<String> standstill = costs.brokenDowntime();
        if (standstill.isPresent()) {
            return standstill;
        }
        double soon = Math.max(IN_FLIGHT_BYTES, 2 * link() * LOOK_MILLIS / 1000);
        double atMost = source.counters().remainingPages() * RamEstimate.PAGE_BYTES;
        return breaksMaxBytes(source.counters().transferredBytes() + Math.min(soon, atMost))
                ? Optional.of(bytesBroken())
                : Optional.empty();
    }

    private void act(Outlook outlook, Forecast next) {
        if (source.postcopy().isUttered()) {
            return;
        }
        if (mayGoPostcopy() && isPressing(outlook)) {
            LOG.info("the guest goes before its memory, to keep its terms: {}", next.reason().orElse(""));
            source.postcopy().utter();
        } else if (next.verdict() == ContractVerdict.INFEASIBLE && isCertain(outlook)) {
            end(next.reason().orElseThrow());
        }
    }

    /** Whether giving the guest away would come too late a little later; or will not become unnecessary by waiting. */
    private boolean isPressing(Outlook outlook) {
        double owed = outlook.owedBytes();
        boolean bytes = terms().maxBytes().isPresent() && breaksMaxBytes(
                outlook.sentBytes() + owed + terms().maxBytes().getAsLong() * BYTES_TO_SWITCH);
        boolean time = terms().deadlineSeconds().isPresent() && outlook.seconds()
                + owed / outlook.postcopyBytesPerSecond() * FASTER + SECONDS_TO_SWITCH >= terms().deadlineSeconds()
                        .getAsLong();
        boolean endless = terms().maxDowntimeMillis().isPresent() && source.counters().passes() > 1
                && !outlook.converges();
        return bytes || time || endless;
    }

    /** Whether it would break a term even if everything were to be sent but once from here on, on a faster link. */
    private boolean isCertain(Outlook outlook) {
        if (source.clock().activeNanos() < LINK_IS_CERTAIN_NANOS) {
            return false;
        }
        double soonest = outlook.seconds() + outlook.leftBytes() / (outlook.bytesPerSecond() * FASTER);
        boolean time = terms().deadlineSeconds().isPresent() && soonest > terms().deadlineSeconds().getAsLong()
                && !(mayGoPostcopy() && isHeldBack());
        return time || (pagesGoAsTheyAre() && source.counters().passes() > 1
                && breaksMaxBytes(outlook.sentBytes() + outlook.leftBytes()));
    }

    /** Whether precopy is kept slower than the link by a parameter, which postcopy is not. */
    private boolean isHeldBack() {
        return parameters().maxBandwidth() > 0;
    }

    private boolean mayGoPostcopy() {
        return source.options().capabilities().has(MigrationCapability.POSTCOPY_RAM);
    }

    /** Else a page may take less than its bytes. */
    private boolean pagesGoAsTheyAre() {
        return !source.options().capabilities().has(MigrationCapability.XBZRLE)
                && !source.options().compressesPackets();
    }

    private Outlook outlook(ContractBasis basis, double left, double inPassSeconds, double link) {
        MigrationParameters present = parameters();
        double postcopy = present.maxPostcopyBandwidth() > 0
                ? Math.min(link, (double) present.maxPostcopyBandwidth())
                : link;
        return new Outlook(basis, source.counters().transferredBytes(),
                source.clock().totalNanos() / NANOS_PER_SECOND, left, inPassSeconds, link, postcopy,
                source.counters().writes(), present.downtimeLimitMillis() / 1000.0);
    }

    /** Bytes of the present pass that are still to be sent. Pages that were written lately are seldom zero. */
    private double left() {
        long pages = source.counters().remainingPages();
        return source.counters().passes() > 1 || offer.pages() == 0
                ? pages * RamEstimate.PAGE_BYTES
                : pages * (offer.bytesOfAll() / offer.pages());
    }

    /** Bytes a second so far. The limit lets the first tenth of a second's bytes go at once. */
    private double link() {
        double seconds = source.clock().activeNanos() / NANOS_PER_SECOND;
        double speed = seconds == 0 ? 0 : source.counters().precopyBytes() / seconds;
        long limit = parameters().maxBandwidth();
        return limit > 0 ? Math.min(speed, (double) limit) : speed;
    }

    private MigrationParameters parameters() {
        return source.options().parameters().get();
    }

    private MigrationTerms terms() {
        return offer.terms();
    }

    private void end(String reason) {
        String whole = "The migration was ended to keep its terms: " + reason;
        if (source.handOver().keep(whole)) {
            LOG.warn("{}", whole);
            source.state().noteError(whole);
            breakOff.run();
        }
    }

    private String bytesBroken() {
        TransferCounters counters = source.counters();
        return String.format(Locale.ROOT,
                "max-bytes: %d bytes are sent and about %.0f would follow in pass %d, at most %d expected",
                counters.transferredBytes(), left(), counters.passes(), terms().maxBytes().orElseThrow());
    }

    /** What query-migrate says of it. Any thread. */
    public ContractInfo info() {
        MigrationStatus status = source.state().status();
        boolean hasEnded = status != MigrationStatus.NONE && !status.isRunning();
        return new ContractInfo(terms(), Optional.ofNullable(forecast),
                hasEnded ? Optional.of(costs.report()) : Optional.empty());
    }

    /** Ends the watching, and waits for that. Idempotent. */
    @Override
    public void close() {
        over.countDown();
        NativeThread.join(thread);
    }
}
