package io.godwit.daemon.restore;

import io.godwit.engine.restore.Restore.Unreadable;
import io.godwit.engine.restore.RestoreReport;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * How a restore stands, for clients. What is like a migration's is called as in {@code query-migrate}.
 *
 * @param status as a migration's
 * @param pinned it is a clone that lives: its file is looked at
 * @param report empty before its QEMU is ready
 */
record RestoreInfo(String id, RestoreRequest request, String status, Optional<String> failure,
        Optional<RestoreReport> report, Optional<Unreadable> unreadable, boolean pinned) {

    /** What the event says. */
    ObjectNode event() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("id", id).put("status", status).put("file",
                request.file().toString());
        failure.or(() -> report.flatMap(RestoreReport::error)).ifPresent(error -> json.put("error-desc", error));
        unreadable.ifPresent(damage -> json.put("offset", damage.offset()));
        return json;
    }

    ObjectNode toJson() {
        ObjectNode json = event().put("uri", request.uri()).put("order", request.order().qapiName());
        request.qmp().ifPresent(qmp -> json.put("qmp", qmp.toString()));
        if (request.mapped()) {
            json.put("pinned", pinned);
        }
        report.ifPresent(known -> {
            json.put("total-time", known.total().toMillis());
            known.running().ifPresent(after -> json.put("running-after", after.toMillis()));
            json.putObject("ram").put("total", known.ramBytes()).put("remaining", known.remainingBytes())
                    .put("transferred", known.transferredBytes()).put("postcopy-requests", known.requests())
                    .put("pages", known.pages());
            ArrayNode latency = json.putArray("request-latency");
            known.requestsServed().counts().forEach(latency::add);
        });
        return json;
    }
}
