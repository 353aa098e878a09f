package io.godwit.it.soak;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;

import io.godwit.it.fixture.QemuMachine;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.SelfCheckingGuest;
import io.godwit.it.fixture.ServerProcess;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** A guest of a stock QEMU: where it is, and the daemons that serve it. */
final class QemuGuest implements Subject {
    private static final int MEMORY_MIB = 32;

    private final SelfCheckingGuest program;
    private final Yard yard;
    private final Resident holder;
    private final Resident pager;
    private QemuProcess at;

    /**
     * @param holder holds what arrives
     * @param pager serves restores
     */
    QemuGuest(SelfCheckingGuest program, Yard yard, Resident holder, Resident pager) {
        this.program = program;
        this.yard = yard;
        this.holder = holder;
        this.pager = pager;
        at = begin();
    }

    private QemuProcess begin() {
        return yard.qemu(machine());
    }

    private QemuMachine machine() {
        return QemuMachine.pc(program, MEMORY_MIB);
    }

    @Override
    public String kind() {
        return "qemu";
    }

    @Override
    public List<String> steps() {
        return Arrays.stream(QemuStep.values()).map(QemuStep::word).toList();
    }

    @Override
    public String undergo(String step, Random random) {
        program.awaitUse(at);
        at.qmp().clearCapabilities("background-snapshot", "mapped-ram", "postcopy-preempt", "postcopy-ram");
        at.qmp().setParameter("max-bandwidth", 0);
        QemuStep taken = QemuStep.valueOf(step.replace(' ', '_').toUpperCase(Locale.ROOT));
        String outcome = taken.take(this, yard, random);
        program.assertGoesOnUnharmed(at);
        (taken.usesPager() ? pager : holder).did(step);
        return outcome;
    }

    QemuProcess at() {
        return at;
    }

    Resident holder() {
        return holder;
    }

    Resident pager() {
        return pager;
    }

    /** A QEMU that it can come to; it stands still there at first. */
    QemuProcess waiting(String... more) {
        return yard.qemu(machine().incoming().paused().with(more));
    }

    /** What the holder has goes on in another QEMU, which is returned. */
    QemuProcess goesOnFromHolder() {
        QemuProcess next = waiting();
        holder.daemon().qmp().execute("migrate", Map.of("uri", next.listen("unix:" + yard.fresh())));
        awaitCompletion(holder.daemon(), next);
        return next;
    }

    static void awaitCompletion(ServerProcess source, ServerProcess destination) {
        source.qmp().awaitMigration(COMPLETED);
        destination.qmp().awaitMigration(COMPLETED);
    }

    void assertUnharmed(QemuProcess qemu) {
        program.assertGoesOnUnharmed(qemu);
    }

    /** It is in there now, and its memory is what it was. */
    void movedTo(QemuProcess next) {
        yard.end(at);
        at = next;
    }

    /** It died with its QEMU; another one begins. */
    void lost() {
        yard.end(at);
        at = begin();
        program.awaitUse(at);
    }
}
