package io.godwit.daemon.command;

import tools.jackson.databind.node.ArrayNode;

/** All long work of all guests: their jobs, migrations and restores. */
record QueryAllJobs(Guests guests) implements BareCommand {

    @Override
    public String name() {
        return "query-jobs";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        ArrayNode all = Json.array();
        guests.work().forEach((name, work) -> work.query().forEach(job -> all.add(job.put("guest", name))));
        return all;
    }
}
