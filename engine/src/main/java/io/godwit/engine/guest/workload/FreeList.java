package io.godwit.engine.guest.workload;

import io.godwit.engine.freepages.Balloon;
import io.godwit.engine.freepages.FreePageHints;
import io.godwit.engine.freepages.FreePageReporting;
import io.godwit.engine.freepages.FreePages;

/** The guest's allocator: what the hog has left behind and what nobody ever used, and who says so when it is asked. */
final class FreeList {
    /** The thread that answers, for all. */
    static final int REPORTER = 0;

    private final Program program;
    private final long ramPages;
    private final FreePageHints hints;
    private final FreePageReporting reporting;
    private final Balloon balloon;
    private final Manners manners;
    private final Runnable wakeReporter;
    /** Owned by the reporting thread. */
    private int answered = FreePageHints.DONE;

    FreeList(Program program, long ramPages, FreePages freePages, Manners manners, Runnable wakeReporter) {
        this.program = program;
        this.ramPages = ramPages;
        hints = freePages.hints();
        reporting = freePages.reporting();
        balloon = freePages.balloon();
        this.manners = manners;
        this.wakeReporter = wakeReporter;
        if (manners.hinting()) {
            hints.offer();
        }
        if (manners.ballooning()) {
            balloon.offer();
        }
    }

    /** Thread {@code index}, which calls, has written its part of the hog, which is not needed from now on. */
    void free(int index) {
        Position position = program.position(index);
        if (position.freed) {
            return;
        }
        position.freed = true;
        WorkloadPlan.Part part = program.plan().part(index);
        if (manners.reporting() && part.hogPages() > 0) {
            reporting.report(0, part.firstHogPage(), part.hogPages());
        }
        wakeReporter.run(); // there is more for the balloon
    }

    /** If anything is asked, and {@code index} is the thread to answer it, does so. */
    void answerIfAsked(int index) {
        if (index != REPORTER) {
            return;
        }
        int command = hints.commandId();
        if (command != answered) {
            answered = command;
            if (FreePageHints.isStart(command)) {
                report(command);
            }
        }
        if (balloon.targetPages() != balloon.heldPages()) {
            fillBalloon();
        }
    }

    private void report(int command) {
        WorkloadPlan plan = program.plan();
        for (int thread = 0; thread < plan.threads(); thread++) {
            if (program.position(thread).freed) {
                WorkloadPlan.Part part = plan.part(thread);
                hints.report(command, 0, part.firstHogPage(), part.hogPages());
            }
        }
        hints.finished(command);
    }

    /** The balloon holds the last pages of RAM: as many as it should, or as are free. */
    private void fillBalloon() {
        long held = balloon.heldPages();
        long wanted = Math.min(balloon.targetPages(), ramPages - firstFree());
        if (wanted > held) {
            reporting.report(0, ramPages - wanted, wanted - held);
        }
        if (wanted != held) {
            balloon.hold(wanted);
        }
    }

    private long firstFree() {
        WorkloadPlan plan = program.plan();
        for (int thread = 0; thread < plan.threads(); thread++) {
            if (!program.position(thread).freed) {
                return plan.usedPages();
            }
        }
        return plan.fillPages();
    }
}
