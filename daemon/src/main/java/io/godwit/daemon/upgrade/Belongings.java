package io.godwit.daemon.upgrade;

import java.io.IOException;
import java.util.List;

/** All that a daemon has and another process is to go on with. */
public interface Belongings {

    /** What is done with them. */
    @FunctionalInterface
    interface Task {
        void run(List<Holding> holdings) throws IOException;
    }

    /**
     * Has the task run while no command of any monitor is carried out, and returns when it has.
     *
     * @throws IOException also when a command does not come to its end; the task has not run then
     */
    void whileStill(Task task) throws IOException;
}
