package io.godwit.client.shell;

import java.io.InputStream;
import java.util.Objects;
import tools.jackson.databind.json.JsonMapper;

/** What a daemon with a workload guest has answered to {@code query-qmp-schema}. */
final class RecordedSchema {

    private RecordedSchema() {}

    static Schema read() {
        InputStream recorded = Objects.requireNonNull(RecordedSchema.class.getResourceAsStream("schema.json"));
        return Schema.of(JsonMapper.builder().build().readTree(recorded));
    }
}
