package io.godwit.engine.guest.workload;

import io.godwit.engine.freepages.FreePageHints;

/** The guest's allocator: what the hog has left behind, and who says so when it is asked. */
final class FreeList {
    /** The thread that reports, for all. */
    static final int REPORTER = 0;

    private final Program program;
    private final FreePageHints hints;
    /** Owned by the reporting thread. */
    private int answered = FreePageHints.DONE;

    FreeList(Program program, FreePageHints hints) {
        this.program = program;
        this.hints = hints;
    }

    /** Thread {@code index} has written its part of the hog, which is not needed from now on. */
    void free(int index) {
        program.position(index).freed = true;
    }

    /** If there is a command, and {@code index} is the thread to answer it, reports all that is free. */
    void reportIfAsked(int index) {
        int command = hints.commandId();
        if (index == REPORTER && command != answered) {
            answered = command;
            if (FreePageHints.isStart(command)) {
                report(command);
            }
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
}
