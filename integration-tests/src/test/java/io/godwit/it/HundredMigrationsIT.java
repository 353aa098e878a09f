package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.Heartbeat;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.ProcessResources;
import io.godwit.it.fixture.RequiresKvm;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/**
 * A running virtual machine moves a hundred times. As in QEMU a process receives one guest in its life, so every hop goes
 * to a fresh daemon; what a daemon holds with the guest in it must be the same at the first hop and at the last.
 */
@RequiresKvm
class HundredMigrationsIT extends MigrationTest {

    private static final int HOPS = Integer.getInteger("godwit.hops", 100);

    /** JIT and allocator map and unmap a little on their own; guests and channels map in tens. */
    private static final int JVM_OWN_MAPPINGS = 24;

    @Test
    void leaveTheGuestIntactAndTheDaemonsEqual() {
        DaemonProcess here = daemon("hop-0", GuestOptions.kvm());
        DaemonProcess next = daemon("hop-1", GuestOptions.kvm().incoming());
        Heartbeat.awaitLines(here, 1);
        int lastNumber = Heartbeat.numbers(here).getLast();
        ProcessResources firstArrival = null;
        int firstMappings = 0;

        for (int hop = 1; hop <= HOPS; hop++) {
            // The one after next starts up while this one receives.
            DaemonProcess afterNext = hop < HOPS ? daemon("hop-" + (hop + 1), GuestOptions.kvm().incoming()) : next;
            hop(here, next, hop);
            Heartbeat.awaitLines(next, 2);
            lastNumber = checkContinuity(here, next, lastNumber);
            if (firstArrival == null) {
                firstArrival = next.resources();
                firstMappings = next.mappings();
            }
            next.awaitNoMoreThan(firstArrival);
            assertThat(next.mappings()).as("mappings after hop %d", hop)
                    .isCloseTo(firstMappings, within(JVM_OWN_MAPPINGS));
            here.close();
            here = next;
            next = afterNext;
        }
    }

    private void hop(DaemonProcess here, DaemonProcess next, int number) {
        migrate(here, next.listen(unixUri("wire-" + number)));
        JsonNode info = here.qmp().awaitMigration(COMPLETED);
        assertThat(info.at("/ram/dirty-sync-count").asLong()).as("%s", info).isGreaterThanOrEqualTo(2);
        next.qmp().awaitRunState("running");
        assertThat(next.verify()).isNotBlank();
    }

    private static int checkContinuity(DaemonProcess here, DaemonProcess next, int lastNumber) {
        List<Integer> numbers = Heartbeat.numbers(here, next);
        assertThat(numbers).isEqualTo(Heartbeat.unbroken(numbers));
        assertThat(numbers.getLast()).isGreaterThan(lastNumber);
        return numbers.getLast();
    }
}
