package io.godwit.daemon.command.qemu;

import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.transaction.GuestMemory;
import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qmp.QmpException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Memory of a guest in a QEMU: saved by its background snapshot, through us, one save at a time. */
final class QemuMemory implements GuestMemory, AutoCloseable {
    private final Qemu qemu;
    private final Jobs jobs;
    private final boolean sealed;
    private @Nullable QemuSave current;

    /** @param sealed whether the files get seals */
    QemuMemory(Qemu qemu, Jobs jobs, boolean sealed) {
        this.qemu = qemu;
        this.jobs = jobs;
        this.sealed = sealed;
    }

    @Override
    public Prepared prepare(MigrateArguments arguments) throws QmpException {
        return open(arguments);
    }

    /** Saves without anything else. Returns once it goes on in the background. */
    void save(MigrateArguments arguments) throws QmpException {
        try (var save = open(arguments)) {
            save.beginAlone();
        }
    }

    private synchronized QemuSave open(MigrateArguments arguments) throws QmpException {
        arguments.checkForSaving();
        if (current != null) {
            throw new QmpException("There's a migration process in progress");
        }
        var save = new QemuSave(qemu, file(arguments), sealed, jobs, this::over);
        current = save;
        return save;
    }

    private synchronized void over() {
        current = null;
    }

    /** Where the file is to be. The QEMU never sees it: a whole file is made of what it sends. */
    static Path file(MigrateArguments arguments) throws QmpException {
        if (arguments.address() instanceof MigrationAddress.FilePath(var name, var offset) && offset == 0) {
            try {
                Path file = Path.of(name);
                if (file.isAbsolute() && !file.startsWith("/dev/fdset")) {
                    return file;
                }
            } catch (InvalidPathException e) {
                throw new QmpException("'" + name + "' is no path: " + e.getReason());
            }
        }
        throw new QmpException(
                "A guest of a QEMU is saved into a file: expected file:PATH, absolute and without offset");
    }

    @Override
    public void close() {
        QemuSave running;
        synchronized (this) {
            running = current;
        }
        if (running != null) {
            running.breakOff();
        }
    }
}
