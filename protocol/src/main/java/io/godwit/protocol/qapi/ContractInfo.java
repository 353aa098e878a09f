package io.godwit.protocol.qapi;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Our own member {@code x-godwit-contract} of {@code query-migrate}, there when {@code migrate} was given terms.
 *
 * @param forecast the latest; empty until there is one
 * @param report how it has ended; empty until then
 */
public record ContractInfo(MigrationTerms terms, Optional<Forecast> forecast, Optional<Report> report) {

    /**
     * What is to be expected. Times and bytes are those of the whole migration, as far as they can be told; they are precopy's, or,
     * where the verdict is only-with-postcopy, postcopy's.
     *
     * @param reason why not, unless it is feasible
     */
    public record Forecast(ContractVerdict verdict, ContractBasis basis, Optional<String> reason,
            OptionalLong totalMillis, OptionalLong downtimeMillis, OptionalLong bytes) {}

    /**
     * What it has cost.
     *
     * @param blackoutMillis how long the guest stood still
     * @param brownoutMillis how long the rest took, while it ran here or, in postcopy, there
     * @param broken the terms that were not kept, a sentence for each
     */
    public record Report(long blackoutMillis, long brownoutMillis, long precopyBytes, long downtimeBytes,
            long postcopyBytes, List<String> broken) {
        public Report {
            broken = List.copyOf(broken);
        }
    }

    ObjectNode toJson() {
        var json = JsonNodeFactory.instance.objectNode();
        json.set("terms", terms.toJson());
        forecast.ifPresent(it -> json.set("forecast", toJson(it)));
        report.ifPresent(it -> json.set("report", toJson(it)));
        return json;
    }

    private static ObjectNode toJson(Forecast forecast) {
        var json = JsonNodeFactory.instance.objectNode().put("verdict", forecast.verdict().qapiName()).put("basis",
                forecast.basis().qapiName());
        forecast.reason().ifPresent(reason -> json.put("reason", reason));
        forecast.totalMillis().ifPresent(millis -> json.put("total-ms", millis));
        forecast.downtimeMillis().ifPresent(millis -> json.put("downtime-ms", millis));
        forecast.bytes().ifPresent(bytes -> json.put("bytes", bytes));
        return json;
    }

    private static ObjectNode toJson(Report report) {
        var json = JsonNodeFactory.instance.objectNode().put("blackout-ms", report.blackoutMillis())
                .put("brownout-ms", report.brownoutMillis()).put("precopy-bytes", report.precopyBytes())
                .put("downtime-bytes", report.downtimeBytes()).put("postcopy-bytes", report.postcopyBytes());
        var broken = json.putArray("broken");
        report.broken().forEach(broken::add);
        return json;
    }
}
