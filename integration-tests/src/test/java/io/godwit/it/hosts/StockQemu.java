package io.godwit.it.hosts;

import io.godwit.it.fixture.SelfCheckingPlace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * A host whose program is QEMU, without KVM.
 *
 * @param shared the directory that the test has in common with it
 */
record StockQemu(Host host, Path shared) implements SelfCheckingPlace {
    static final String PROGRAM = "qemu-system-x86_64";

    @Override
    public String name() {
        return host.name();
    }

    @Override
    public byte[] memory(long address, int length) {
        Path dump = shared.resolve(name() + ".dump");
        host.qmp().execute("pmemsave", Map.of("val", address, "size", length, "filename", dump.toString()));
        return read(dump);
    }

    @Override
    public String serial() {
        return new String(read(serialFile(shared, name())), StandardCharsets.ISO_8859_1);
    }

    static Path serialFile(Path shared, String name) {
        return shared.resolve(name + ".serial");
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
