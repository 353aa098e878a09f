package io.godwit.daemon.command;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.protocol.qmp.QmpException;
import tools.jackson.databind.node.ArrayNode;

/** The guest's jobs, and behind them the block layer's. */
record QueryJobs(Jobs jobs, BlockLayer blockLayer) implements BareCommand {

    @Override
    public String name() {
        return "query-jobs";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() throws QmpException {
        ArrayNode all = Json.array();
        jobs.query().forEach(all::add);
        blockLayer.execute(name(), Json.object()).forEach(all::add);
        return all;
    }
}
