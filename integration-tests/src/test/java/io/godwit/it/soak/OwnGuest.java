package io.godwit.it.soak;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** A guest that Godwit runs itself: where it is, and what its daemon there has done. */
final class OwnGuest implements Subject {
    private final String kind;
    private final GuestOptions options;
    private final List<DaemonStep> steps;
    private final Yard yard;
    private final Holdings holdings;
    private final Set<String> done = new TreeSet<>();
    private DaemonProcess at;

    OwnGuest(String kind, GuestOptions options, List<DaemonStep> steps, Yard yard, Holdings holdings) {
        this.kind = kind;
        this.options = options;
        this.steps = List.copyOf(steps);
        this.yard = yard;
        this.holdings = holdings;
        at = yard.daemon(options);
    }

    @Override
    public String kind() {
        return kind;
    }

    @Override
    public List<String> steps() {
        return steps.stream().map(DaemonStep::word).toList();
    }

    @Override
    public String undergo(String step, Random random) {
        DaemonStep.plain(at);
        String outcome = DaemonStep.valueOf(step.replace(' ', '_').toUpperCase(Locale.ROOT)).take(this, yard, random);
        at.qmp().awaitRunState("running");
        assertThat(at.verify()).isNotBlank();
        holdings.check(kind, done, at);
        return outcome;
    }

    DaemonProcess at() {
        return at;
    }

    /** A daemon that it can come to. */
    DaemonProcess waiting() {
        return yard.daemon(options.incoming());
    }

    /** It runs on there; the daemon that it was in ends. */
    void movedTo(DaemonProcess next, String how) {
        next.qmp().awaitRunState("running");
        yard.end(at);
        settledIn(next, how);
    }

    /** It runs where it was, in the daemon that has now done this, too. */
    void stayed(String having) {
        done.add(having);
    }

    /** It runs where it was, in another process. */
    void upgraded() {
        settledIn(at, "upgrade");
    }

    /** It died with the processes that had it. Another one of its kind begins. */
    void lostWith(DaemonProcess... processes) {
        for (DaemonProcess process : processes) {
            yard.end(process);
        }
        settledIn(yard.daemon(options), "start");
    }

    private void settledIn(DaemonProcess next, String how) {
        at = next;
        done.clear();
        done.add(how);
    }
}
