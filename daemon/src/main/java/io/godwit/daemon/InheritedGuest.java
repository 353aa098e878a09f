package io.godwit.daemon;

import io.godwit.daemon.command.MovingGuest;
import io.godwit.daemon.command.Settings;
import io.godwit.daemon.upgrade.Part;
import io.godwit.engine.GuestSpec;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.linux.Fd;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * What of an inheritance belongs to one guest. Of a guest that is the process's only one the parts have plain names, of one among
 * others its own before them. The main thread.
 */
final class InheritedGuest {
    /** Parts of which there is nothing to take but that one has to know of. */
    private static final List<String> FOR_THE_RECORD = List.of("jobs", "restores");

    private final Inheritance all;
    private final String prefix;

    private InheritedGuest(Inheritance all, String prefix) {
        this.all = all;
        this.prefix = prefix;
    }

    /** Of a guest that is nobody's heir. */
    static InheritedGuest none() {
        return alone(Inheritance.none());
    }

    /** Of the only one. */
    static InheritedGuest alone(Inheritance all) {
        return new InheritedGuest(all, "");
    }

    /** Of one that has others beside it. */
    static InheritedGuest amongOthers(Inheritance all, String guest) {
        return new InheritedGuest(all, prefix(guest));
    }

    /** What names of a guest's parts begin with, where there are others. */
    static String prefix(String guest) {
        return guest + "/";
    }

    boolean isPresent() {
        return all.isPresent();
    }

    boolean has(String part) {
        return all.has(prefix + part);
    }

    Part take(String part) throws IOException {
        return all.take(prefix + part);
    }

    void note(String part) {
        all.note(prefix + part);
    }

    List<Fd> descriptors(String part, int count) throws IOException {
        return all.descriptors(prefix + part, count);
    }

    /** The guest as it is to be made here. */
    GuestSpec guest(GuestSpec described) throws IOException {
        if (!isPresent()) {
            return described;
        }
        GuestSpec guest = described.withSerial(take(Holdings.SERIAL).descriptors());
        return comes() ? guest.arriving() : guest;
    }

    private boolean comes() throws IOException {
        return MovingGuest.comes(take(MovingGuest.NAME));
    }

    /** From now on the guest may come. What of its settings is not allowed here shows before it moves. */
    void expect(MigrationEngine engine, Settings settings) throws IOException {
        if (!isPresent()) {
            return;
        }
        settings.take(take(Settings.NAME));
        settings.suspend();
        if (comes()) {
            MovingGuest.expect(engine, descriptors(MovingGuest.NAME, 1).getFirst());
        }
        noteTheRest();
    }

    /** Knows of what needs nothing. */
    void noteTheRest() {
        FOR_THE_RECORD.forEach(this::note);
    }

    /** Waits until the guest has come; whether there was one. */
    boolean arrive(MigrationEngine engine) throws IOException {
        if (!isPresent() || !comes()) {
            return false;
        }
        Optional<String> failure = engine.awaitIncoming();
        if (failure.isPresent()) {
            throw new IOException(failure.get());
        }
        return true;
    }

    /** Everything is this process's: its settings are the guest's again. */
    void settle(MigrationEngine engine, Settings settings) throws IOException {
        if (isPresent()) {
            settings.take(take(Settings.NAME));
            engine.serveSerial();
        }
    }
}
