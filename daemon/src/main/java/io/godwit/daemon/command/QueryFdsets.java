package io.godwit.daemon.command;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** The descriptor sets, the highest number first. */
record QueryFdsets(DescriptorTable descriptors) implements BareCommand {

    @Override
    public String name() {
        return "query-fdsets";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        ArrayNode sets = Json.array();
        descriptors.sets().descendingMap().forEach((number, members) -> {
            ObjectNode set = sets.addObject().put("fdset-id", number);
            ArrayNode fds = set.putArray("fds");
            for (DescriptorTable.Member member : members) {
                ObjectNode fd = fds.addObject().put("fd", member.descriptor().number());
                member.opaque().ifPresent(opaque -> fd.put("opaque", opaque));
            }
        });
        return sets;
    }
}
