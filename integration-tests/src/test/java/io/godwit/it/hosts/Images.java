package io.godwit.it.hosts;

import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.PrometheusPrograms;
import io.godwit.it.fixture.Tree;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Container images, each made on the spot when it is first asked for and removed when all tests are over. Tests have them as a
 * parameter. One thread at a time.
 */
final class Images implements AutoCloseable {
    private static final Optional<String> GIVEN = Optional.ofNullable(System.getProperty("godwit.image"));
    private static final List<Path> FIRMWARE = List.of(Path.of("/usr/share/qemu"), Path.of("/usr/share/seabios"),
            Path.of("/usr/lib/ipxe/qemu"));

    private static final Path PACKAGING = Tree.root().resolve("packaging");
    private final Map<String, String> made = new HashMap<>();
    private boolean packaged;

    /** Gives the same ones to all tests. */
    static final class Resolver implements ParameterResolver {
        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == Images.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return context.getRoot().getStore(ExtensionContext.Namespace.create(Images.class))
                    .computeIfAbsent(Images.class, type -> new Images(), Images.class);
        }
    }

    /** What is staged, as a package and installed, by {@code packaging/package} and {@code packaging/image}; or the one that {@code -Dgodwit.image} names. */
    String godwit() {
        return GIVEN.orElseGet(() -> made("godwit", tag -> Programs
                .require(PACKAGING.resolve("image").toString(), packages().resolve("godwit.deb").toString(), tag)));
    }

    /** A Debian with systemd and apt, and all that the package depends on. */
    String debian(String suite) {
        return made(suite, tag -> {
            String tree = Programs.require(PACKAGING.resolve("tree").toString(), suite, "host").lines()
                    .reduce((earlier, last) -> last).orElseThrow();
            Programs.require("docker", "import", tree, tag);
        });
    }

    /** The directory that has what is staged as a package, {@code godwit.deb}, and as its next version, {@code next.deb}. */
    Path packages() {
        if (!packaged) {
            String built = fresh("target/hosts/godwit.deb");
            Programs.require(PACKAGING.resolve("package").toString(), built);
            Programs.require(Tree.script("next-version").toString(), built, fresh("target/hosts/next.deb"));
            packaged = true;
        }
        return Tree.root().resolve("target/hosts");
    }

    /** The QEMU of this host. */
    String qemu() {
        return made("qemu", tag -> {
            var command = new ArrayList<>(List.of(script(), tag, StockQemu.PROGRAM, "--"));
            FIRMWARE.stream().filter(Files::isDirectory).map(Path::toString).forEach(command::add);
            Programs.require(command.toArray(String[]::new));
        });
    }

    /** The Prometheus of this host, under the path that it has here. */
    String prometheus() {
        return made("prometheus",
                tag -> Programs.require(script(), tag, PrometheusPrograms.program("prometheus").toString()));
    }

    private interface Maker {
        void make(String tag);
    }

    private String made(String name, Maker maker) {
        return made.computeIfAbsent(name, unmade -> {
            String tag = "godwit-it-" + name + ":" + ProcessHandle.current().pid();
            maker.make(tag);
            return tag;
        });
    }

    private static String script() {
        return Tree.script("import-programs").toString();
    }

    private static String fresh(String path) {
        Path file = Tree.root().resolve(path);
        try {
            Files.createDirectories(file.getParent());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toString();
    }

    @Override
    public void close() {
        if (!made.isEmpty()) {
            Programs.require(Stream.concat(Stream.of("docker", "image", "rm", "--force"), made.values().stream())
                    .toArray(String[]::new));
        }
    }
}
