package io.godwit.it.hosts;

import com.github.dockerjava.api.model.Bind;
import com.github.dockerjava.api.model.Device;
import com.github.dockerjava.api.model.Volume;
import io.godwit.it.fixture.QmpClient;
import io.godwit.it.fixture.Until;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.testcontainers.containers.Container;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.utility.DockerImageName;

/**
 * A container in which one program runs, with an address of its own in the network. The test's directory is there under its own
 * path, so that a socket or a file has one name for all. Owns the container, and the session with the program's monitor if it has one.
 */
final class Host implements AutoCloseable {
    /** Where migrations arrive. */
    static final int PORT = 4444;

    /** What guests need of the kernel; a container has them only when it is given them. */
    private static final List<String> DEVICES = List.of("/dev/userfaultfd", "/dev/kvm");
    /** An image of one program has none. Libraries are unpacked there, so it must be one that they can be mapped from. */
    private static final Map<String, String> SCRATCH = Map.of("/tmp", "rw,exec");

    private final String name;
    private final Path socket;
    private final GenericContainer<?> container;
    private Optional<QmpClient> client = Optional.empty();

    private Host(String name, Path socket, GenericContainer<?> container) {
        this.name = name;
        this.socket = socket;
        this.container = container;
    }

    /** Starts {@code command} (for an image with an entry point, its arguments); its monitor, if any, is {@link #socket}. */
    static Host start(String image, Network network, Path shared, String name, List<String> command) {
        // No registry is asked, whatever the tag: the images are made here.
        GenericContainer<?> container = new GenericContainer<>(DockerImageName.parse(image))
                .withImagePullPolicy(wanted -> false).withNetwork(network).withCommand(command.toArray(String[]::new))
                .withTmpFs(SCRATCH).withCreateContainerCmdModifier(create -> Objects
                        .requireNonNull(create.getHostConfig())
                        .withBinds(new Bind(shared.toString(), new Volume(shared.toString())))
                        .withDevices(DEVICES.stream().filter(device -> Files.exists(Path.of(device)))
                                .map(Device::parse).toList()));
        var host = new Host(name, socket(shared, name), container);
        try {
            container.start();
            return host;
        } catch (RuntimeException | Error e) {
            host.close();
            throw e;
        }
    }

    static Path socket(Path shared, String name) {
        return shared.resolve(name + ".qmp");
    }

    String name() {
        return name;
    }

    String address() {
        return Objects.requireNonNull(container.getContainerInfo().getNetworkSettings().getNetworks().values()
                .iterator().next().getIpAddress());
    }

    /** The session that all share; opened at the first use, which waits until the monitor listens. */
    QmpClient qmp() {
        if (client.isEmpty()) {
            client = Optional.of(Until.present(name + " answers on " + socket, this::tryConnect));
        }
        return client.get();
    }

    private Optional<QmpClient> tryConnect() {
        if (!container.isRunning()) {
            throw new AssertionError(name + " has ended; its log:\n" + container.getLogs());
        }
        try {
            return Optional.of(QmpClient.connect(socket));
        } catch (IOException notYet) {
            return Optional.empty();
        }
    }

    /** Lets it listen for a migration, and gives the uri for the other hosts of its network. */
    String listen() {
        qmp().execute("migrate-incoming", Map.of("uri", "tcp:0.0.0.0:" + PORT, "exit-on-error", false));
        return "tcp:" + address() + ":" + PORT;
    }

    /** Begins a migration; its end is to be waited for. */
    void migrate(String uri) {
        qmp().execute("migrate", Map.of("uri", uri));
    }

    /** Runs Godwit's client on this host, as its operator does. A monitor talks to one client at a time: the shared session ends. */
    Container.ExecResult client(String... words) {
        qmp(); // so that it listens by now
        endSession();
        String[] command = Stream.concat(Stream.of("godwit", "--socket", socket.toString()), Stream.of(words))
                .toArray(String[]::new);
        try {
            return container.execInContainer(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Has the memory of a guest of Godwit's checked; throws when it is broken. */
    String verify() {
        return qmp().execute("x-godwit-verify").path("result").asString();
    }

    private void endSession() {
        client.ifPresent(QmpClient::close);
        client = Optional.empty();
    }

    @Override
    public void close() {
        endSession();
        container.close();
    }
}
