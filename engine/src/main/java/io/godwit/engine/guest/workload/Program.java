package io.godwit.engine.guest.workload;

import java.util.stream.IntStream;

/** What the threads carry out and how far they are: all that a workload guest is, besides its RAM. Changed only while still. */
final class Program {
    private final Position[] positions;
    private WorkloadPlan plan;
    private long generation;

    /** @param generation in every page; tells the pages of one life of the guest from those of the next */
    Program(WorkloadPlan plan, long generation) {
        this.plan = plan;
        this.generation = generation;
        positions = IntStream.range(0, plan.threads()).mapToObj(_ -> new Position()).toArray(Position[]::new);
    }

    WorkloadPlan plan() {
        return plan;
    }

    long generation() {
        return generation;
    }

    Position position(int thread) {
        return positions[thread];
    }

    /** On from where it stands, by a plan that differs in the hog alone. */
    void continueAs(WorkloadPlan newPlan) {
        plan = newPlan;
    }

    /** From the beginning, as another life. */
    void restart(WorkloadPlan newPlan, long newGeneration) {
        plan = newPlan;
        generation = newGeneration;
        for (Position position : positions) {
            position.filled = 0;
            position.hogged = 0;
            position.freed = false;
            position.pass = 0;
            position.next = 0;
        }
    }

    /** Pages written since the beginning, each time they were. */
    long progress() {
        return IntStream.range(0, positions.length).mapToLong(i -> positions[i].progress(plan.part(i).dirtyPages()))
                .sum();
    }
}
