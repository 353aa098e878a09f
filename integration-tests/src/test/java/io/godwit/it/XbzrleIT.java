package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The capability xbzrle at the source: between two daemons, and its deltas in a stock QEMU. */
class XbzrleIT extends StockQemuTest {

    /** A held guest dirties nothing and so needs no delta: these are put into a stream of QEMU's own. */
    @Test
    @RequiresQemu
    @RequiresBinutils
    void aQemuMakesOfOurDeltasWhatTheyAreMadeOf() throws IOException {
        QemuProcess source = runningQemu("source");
        source.qmp().execute("stop");
        Path plain = freshPath();
        Path withDeltas = freshPath();
        migrate(source, "file:" + plain);
        source.qmp().awaitMigration(COMPLETED);

        assertThat(StreamWithDeltas.rewrite(plain, withDeltas)).isGreaterThan(1000);

        QemuProcess destination = waitingQemu("destination");
        destination.listen("file:" + withDeltas);
        destination.qmp().awaitMigration(COMPLETED);
        assertArrivedWhole(destination, source.ramDigest());
    }

    /** The workload writes whole pages, so that all that were sent before are overflows. */
    @Test
    void aGuestArrivesIntactAndTheCacheIsShown() {
        GuestOptions busy = GuestOptions.workload(128, "fill=32M,dirty=8M,rate=20000");
        DaemonProcess source = daemon("source", busy);
        DaemonProcess destination = daemon("destination", busy.incoming());
        source.qmp().setCapabilities("xbzrle");
        source.qmp().execute("migrate-set-parameters",
                Map.of("max-bandwidth", 64 << 20, "downtime-limit", 1, "xbzrle-cache-size", 16 << 20));

        migrate(source, destination.listen(unixUri("wire")));
        Until.holds("pages were found in the cache",
                () -> source.qmp().queryMigrate().at("/xbzrle-cache/pages").asLong(0) > 0);
        source.qmp().setParameter("downtime-limit", 2000);

        JsonNode cache = source.qmp().awaitMigration(COMPLETED).path("xbzrle-cache");
        assertThat(cache.propertyNames()).containsExactlyInAnyOrder("cache-size", "bytes", "pages", "cache-miss",
                "cache-miss-rate", "encoding-rate", "overflow");
        assertThat(cache.path("cache-size").asLong()).isEqualTo(16 << 20);
        assertThat(cache.path("cache-miss").asLong()).isPositive();
        assertThat(cache.path("overflow").asLong()).isPositive();
        destination.qmp().awaitRunState("running");
        assertThat(destination.verify()).isNotBlank();
    }
}
