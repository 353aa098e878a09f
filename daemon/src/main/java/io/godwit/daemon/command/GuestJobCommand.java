package io.godwit.daemon.command;

import io.godwit.daemon.jobs.JobVerb;
import io.godwit.daemon.qmp.CommandContext;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ObjectNode;

/** Tells a job of some guest to do something. */
record GuestJobCommand(JobVerb verb, Guests guests) implements Command<GuestJobArguments> {

    @Override
    public String name() {
        return "job-" + verb.word();
    }

    @Override
    public ObjectType<GuestJobArguments> arguments() {
        return GuestJobArguments.TYPE;
    }

    @Override
    public ObjectNode execute(GuestJobArguments arguments, CommandContext context)
            throws QmpException, MigrationException {
        LongWork work = guests.work().get(arguments.guest());
        if (work == null) {
            throw new QmpException("There is no guest '" + arguments.guest() + "'");
        }
        work.apply(arguments.id(), verb);
        return Json.object();
    }
}
