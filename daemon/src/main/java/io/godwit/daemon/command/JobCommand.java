package io.godwit.daemon.command;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.jobs.JobVerb;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.JobArguments;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/** Tells a job to do something: one of the guest's, or one of the block layer's. */
record JobCommand(JobVerb verb, Jobs jobs, BlockLayer blockLayer) implements Command<JobArguments> {

    /** One for each verb. */
    static List<JobCommand> all(Jobs jobs, BlockLayer blockLayer) {
        return Stream.of(JobVerb.values()).map(verb -> new JobCommand(verb, jobs, blockLayer)).toList();
    }

    @Override
    public String name() {
        return "job-" + verb.word();
    }

    @Override
    public ObjectType<JobArguments> arguments() {
        return JobArguments.TYPE;
    }

    @Override
    public ObjectNode execute(JobArguments which, CommandContext context) throws QmpException {
        if (jobs.knows(which.id())) {
            jobs.apply(which.id(), verb);
        } else {
            blockLayer.tellJob(name(), which.id());
        }
        return Json.object();
    }
}
