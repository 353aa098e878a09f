package io.godwit.daemon.restore;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The restores that have begun and not ended, in a file, so that a process that comes after this one finds them. The file is
 * replaced as a whole with every change, before the change takes effect elsewhere. Any thread.
 */
final class Ledger {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final int VERSION = 1;
    /** Some hundred bytes for each of some hundreds. */
    private static final int MOST_BYTES = 16 << 20;

    private final Optional<Path> file;
    private final Map<String, Unfinished> unfinished = new LinkedHashMap<>();

    /**
     * Reads what was left.
     *
     * @param file where to keep it; nothing is kept without one
     * @throws IOException when something stands there that is no ledger: it is left alone
     */
    Ledger(Optional<Path> file) throws IOException {
        this.file = file;
        if (file.isPresent() && Files.exists(file.get())) {
            read(file.get());
        }
    }

    private void read(Path path) throws IOException {
        if (Files.size(path) > MOST_BYTES) {
            throw new IOException("%s has %d bytes, expected a list of restores of at most %d".formatted(path,
                    Files.size(path), MOST_BYTES));
        }
        try {
            JsonNode json = JSON.readTree(Files.readString(path));
            if (json.path("version").asInt(0) != VERSION) {
                throw new IOException("its version is %s, expected %d".formatted(json.path("version"), VERSION));
            }
            for (JsonNode each : json.path("unfinished")) {
                Unfinished one = Unfinished.of(each);
                unfinished.put(one.id(), one);
            }
        } catch (JacksonException e) {
            throw new IOException(path + " is no list of restores: " + e.getOriginalMessage(), e);
        } catch (IOException e) {
            throw new IOException(path + " is no list of restores: " + e.getMessage(), e);
        }
    }

    /** Whether another process finds it. */
    boolean isKept() {
        return file.isPresent();
    }

    /** Those that have begun and not ended, the oldest first. */
    synchronized List<Unfinished> all() {
        return List.copyOf(unfinished.values());
    }

    /** Returns when it is kept. */
    synchronized void begun(Unfinished one) throws IOException {
        unfinished.put(one.id(), one);
        write();
    }

    /** It needs nobody any more. */
    synchronized void ended(String id) throws IOException {
        if (unfinished.remove(id) != null) {
            write();
        }
    }

    private void write() throws IOException {
        if (file.isEmpty()) {
            return;
        }
        Path path = file.get();
        var json = JsonNodeFactory.instance.objectNode().put("version", VERSION);
        var list = json.putArray("unfinished");
        unfinished.values().forEach(one -> list.add(one.toJson()));
        Path next = path.resolveSibling(path.getFileName() + ".next");
        try (var out = FileChannel.open(next, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                StandardOpenOption.TRUNCATE_EXISTING)) {
            ByteBuffer bytes = StandardCharsets.UTF_8.encode(json + "\n");
            while (bytes.hasRemaining()) {
                out.write(bytes);
            }
            out.force(true);
        }
        Files.move(next, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
