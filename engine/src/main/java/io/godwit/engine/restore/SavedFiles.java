package io.godwit.engine.restore;

import io.godwit.engine.mappedram.FileIdentity;
import io.godwit.engine.mappedram.SavedGuest;
import io.godwit.protocol.qapi.MigrationParameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The mapped-ram files that guests are restored from, each open once however many restores read it. One that was replaced or
 * written to meanwhile is another file: whoever comes later reads that. Any thread.
 */
public final class SavedFiles {
    private final Supplier<MigrationParameters> parameters;
    private final Map<Path, OpenFile> byPath = new HashMap<>();

    /** @param parameters {@code max-postcopy-bandwidth} among them, for each restore by itself; asked again and again */
    public SavedFiles(Supplier<MigrationParameters> parameters) {
        this.parameters = parameters;
    }

    /**
     * Opens a file, or finds it open. The caller closes what it gets.
     *
     * @throws IOException when no guest can be restored from it
     */
    public synchronized SavedFile open(Path path) throws IOException {
        Path real = path.toRealPath();
        OpenFile open = byPath.get(real);
        if (open == null || !open.guest().identity().isSamePlace(FileIdentity.of(real, Optional.empty()))) {
            open = new OpenFile(new SavedGuest(real));
            byPath.put(real, open);
        }
        open.addUser();
        return new SavedFile(this, open);
    }

    Supplier<MigrationParameters> parameters() {
        return parameters;
    }

    synchronized void release(OpenFile file) {
        if (file.removeUser()) {
            byPath.remove(file.guest().path(), file);
            file.guest().close();
        }
    }
}
