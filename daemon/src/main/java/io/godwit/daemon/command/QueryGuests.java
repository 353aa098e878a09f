package io.godwit.daemon.command;

import tools.jackson.databind.node.ArrayNode;

/** The guests of the daemon. */
record QueryGuests(Guests guests) implements BareCommand {

    @Override
    public String name() {
        return "query-guests";
    }

    @Override
    public boolean hasResult() {
        return true;
    }

    @Override
    public ArrayNode execute() {
        ArrayNode all = Json.array();
        guests.query().forEach(all::add);
        return all;
    }
}
