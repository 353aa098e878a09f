package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.PeakMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A guest, all of it touched, moves to another process and is never in memory twice. {@code -Dgodwit.large=14} says how many GiB it
 * has, 2 unless told otherwise: so many that the host could not hold it twice.
 */
class LargeGuestIT extends MigrationTest {
    private static final int GIB = Integer.getInteger("godwit.large", 2);
    /** For two JVMs, and so that nobody else is pushed out. */
    private static final int SPARE_GIB = 6;
    private static final long KIB_PER_GIB = 1 << 20;
    private static final long MIB = 1 << 20;
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+([0-9]+) kB");

    private static long availableGib() throws IOException {
        var found = AVAILABLE.matcher(Files.readString(Path.of("/proc/meminfo")));
        assertThat(found.find()).isTrue();
        return Long.parseLong(found.group(1)) / KIB_PER_GIB;
    }

    @Test
    void movesByFlipWithoutRoomForItTwice() throws IOException {
        assumeThat(availableGib()).as("GiB of memory that are available").isGreaterThanOrEqualTo(GIB + SPARE_GIB);
        long mib = GIB * 1024L;
        GuestOptions guest = GuestOptions.workload((int) mib, "fill=%dM,dirty=8M,rate=1000".formatted(mib));
        DaemonProcess source = daemon("source", guest);
        DaemonProcess destination = daemon("destination", guest.incoming());
        source.resources();
        destination.resources();
        PeakMemory.awaitFilled(source, mib * MIB);
        String uri = destination.listen(unixUri("wire"));

        try (var peak = PeakMemory.sample(source, destination)) {
            source.qmp().execute("localhost-migrate", Map.of("uri", uri, "mode", "flip"));
            JsonNode info = source.qmp().awaitMigration(COMPLETED);
            destination.qmp().awaitRunState("running");
            System.out.printf(
                    "LargeGuestIT: %d GiB moved, down %d ms, memory of both at most %.3f times the guest's, of %d samples%n",
                    GIB, info.path("downtime").asLong(), 1 + (double) peak.growthBytes() / (mib * MIB), peak.samples());
            assertThat(peak.growthBytes()).as("beyond what both had before").isLessThan(mib * MIB / 20);
            assertThat(peak.samples()).isGreaterThan(10);
        }
        assertThat(destination.verify()).isNotBlank();
    }
}
