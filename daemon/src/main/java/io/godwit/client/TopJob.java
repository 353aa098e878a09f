package io.godwit.client;

import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Long work of a guest, QAPI {@code JobInfo}.
 *
 * @param done and {@code total} in a unit of the job's own
 */
record TopJob(String id, String type, String status, long done, long total) {

    static TopJob of(JsonNode job) {
        return new TopJob(job.path("id").asString(""), job.path("type").asString(""), job.path("status").asString(""),
                job.path("current-progress").asLong(0), job.path("total-progress").asLong(0));
    }

    /** Below its guest's line, in the same columns. */
    String line() {
        return String.format(Locale.ROOT, "  %-18s %-12s %-16s %7.1f%%", id, type, status,
                total == 0 ? 0 : Math.clamp(100.0 * done / total, 0, 100));
    }

    ObjectNode json() {
        return Monitor.JSON.createObjectNode().put("id", id).put("type", type).put("status", status)
                .put("current-progress", done).put("total-progress", total);
    }
}
