package io.godwit.it.hosts;

import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.MigrationTest;
import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.RequiresDocker;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.Network;

/** What tests with several hosts have: a network of their own, and hosts in it that end with the test. */
@RequiresDocker
@ExtendWith(Images.Resolver.class)
abstract class HostsTest extends MigrationTest {
    private Images images;
    private Network network;

    @BeforeEach
    final void makeNetwork(Images shared) {
        images = shared;
        network = closeAtEnd(Network.newNetwork());
    }

    final Images images() {
        return images;
    }

    /** A host with one daemon; more of its options may follow. */
    final Host godwit(String name, GuestOptions guest, String... more) {
        var options = new ArrayList<>(List.of("--name", name, "--qmp", "unix:" + Host.socket(directory(), name)
                + ",mode=0666"));
        options.addAll(guest.with(more).options());
        return start(images.godwit(), name, options);
    }

    final StockQemu stockQemu(String name, QemuMachine machine) {
        var command = new ArrayList<>(List.of(StockQemu.PROGRAM));
        command.addAll(machine.options());
        command.addAll(List.of("-serial", "file:" + StockQemu.serialFile(directory(), name), "-qmp",
                "unix:" + Host.socket(directory(), name) + ",server=on,wait=off"));
        return new StockQemu(start(images.qemu(), name, command), directory());
    }

    final Host start(String image, String name, List<String> command) {
        return closeAtEnd(Host.start(image, network, directory(), name, command));
    }

    /** A way to a host that leads through this test. */
    final Wire wireTo(Host far) throws IOException {
        return closeAtEnd(Wire.between(gateway(), far));
    }

    /** This host's own address in the network. */
    private String gateway() {
        return Objects.requireNonNull(DockerClientFactory.lazyClient().inspectNetworkCmd()
                .withNetworkId(network.getId()).exec().getIpam().getConfig().getFirst().getGateway());
    }
}
