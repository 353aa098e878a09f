package io.godwit.daemon.command;

import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qmp.QmpException;
import java.util.Arrays;

/**
 * One command of the monitor for people.
 *
 * @param names the usual one, and behind bars others
 * @param usage its arguments, as help shows them
 */
record HumanCommand(String names, String usage, String help, Action action) {

    /** Reads its arguments, and carries it out. */
    @FunctionalInterface
    interface Action {

        /** What it prints, its lines ended by LF. */
        String run(HumanLine arguments, CommandContext context) throws HumanMisuse, QmpException;
    }

    boolean isCalled(String name) {
        return Arrays.asList(names.split("\\|")).contains(name);
    }

    /** Its line of the help, as QEMU lays it out. */
    String helpLine() {
        return names + " " + usage + " -- " + help + "\n";
    }
}
