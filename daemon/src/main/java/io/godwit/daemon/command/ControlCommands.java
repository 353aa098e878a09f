package io.godwit.daemon.command;

import io.godwit.daemon.jobs.JobVerb;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.upgrade.Upgrade;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The commands of a daemon's control monitor, which has no guest of its own. */
public final class ControlCommands {
    private ControlCommands() {}

    /**
     * All of them.
     *
     * @param upgrade of the daemon with all its guests
     * @param quit asks the process to end; must return at once
     */
    public static CommandSet of(Guests guests, GuestMonitors monitors, Upgrade upgrade, Runnable quit) {
        var commands = new ArrayList<Command<?>>(List.of(new QmpCapabilities(), new QueryVersion(),
                new GuestAdd(guests), new GuestRemove(guests), new QueryGuests(guests), new QueryAllJobs(guests),
                new QuitDaemon(monitors, quit)));
        Stream.of(JobVerb.values()).forEach(verb -> commands.add(new GuestJobCommand(verb, guests)));
        var all = new Commands(commands, EventSchemas.ofControl());
        all.addUpgrade(upgrade);
        return all;
    }
}
