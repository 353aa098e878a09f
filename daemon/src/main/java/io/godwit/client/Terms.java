package io.godwit.client;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a migration may cost: options of {@code migrate}, and the words for what came of them. */
record Terms(OptionalLong maxBytes, OptionalLong maxDowntimeMillis, OptionalLong deadlineSeconds) {
    private static final double MIB = 1 << 20;

    /** The options. */
    static CommandSpec addTo(CommandSpec command) {
        return command
                .addOption(option("--max-bytes", "SIZE", "What may be sent at the most, such as 512M or 8G (a plain "
                        + "number is MiB). With this and the next two, what cannot be kept is refused, and a "
                        + "migration that would break it is ended, the guest running on, or with postcopy-ram goes "
                        + "on as postcopy where that keeps it."))
                .addOption(option("--max-downtime-ms", "MS", "How long the guest may stand still at the most."))
                .addOption(option("--deadline-s", "SECONDS", "How long the migration may take at the most."));
    }

    private static OptionSpec option(String name, String label, String description) {
        return OptionSpec.builder(name).paramLabel(label).type(String.class).arity("1").description(description)
                .build();
    }

    static Terms of(ParseResult command) {
        return new Terms(bytes(command), number(command, "--max-downtime-ms"), number(command, "--deadline-s"));
    }

    private static OptionalLong bytes(ParseResult command) {
        Optional<String> text = given(command, "--max-bytes");
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        OptionalLong bytes = Size.parse(text.get());
        if (bytes.isEmpty()) {
            throw refused(command, "--max-bytes is '" + text.get() + "', expected a size such as 512M or 8G");
        }
        return bytes;
    }

    private static OptionalLong number(ParseResult command, String name) {
        Optional<String> text = given(command, name);
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        if (!text.get().matches("[0-9]{1,9}")) {
            throw refused(command, name + " is '" + text.get() + "', expected a whole number");
        }
        return OptionalLong.of(Long.parseLong(text.get()));
    }

    private static Optional<String> given(ParseResult command, String name) {
        return Optional.ofNullable(command.matchedOptionValue(name, (String) null));
    }

    private static ParameterException refused(ParseResult command, String sentence) {
        return new ParameterException(command.commandSpec().commandLine(), sentence);
    }

    /** As arguments of QMP's migrate. */
    void addTo(ObjectNode arguments) {
        maxBytes.ifPresent(value -> arguments.put("max-bytes", value));
        maxDowntimeMillis.ifPresent(value -> arguments.put("max-downtime-ms", value));
        deadlineSeconds.ifPresent(value -> arguments.put("deadline-s", value));
    }

    /** What query-migrate expects of one that runs, in a word and, where it is not feasible, the reason; empty for one without terms. */
    static Optional<String> forecast(JsonNode migration) {
        JsonNode forecast = migration.at("/x-godwit-contract/forecast");
        if (forecast.isMissingNode()) {
            return Optional.empty();
        }
        String verdict = "terms " + forecast.path("verdict").asString("").replace('-', ' ');
        return Optional.of(forecast.has("reason") ? verdict + ": " + forecast.path("reason").asString("") : verdict);
    }

    /** What query-migrate reports of a migration that has ended; empty for one without terms. */
    static Optional<String> report(JsonNode migration) {
        JsonNode report = migration.at("/x-godwit-contract/report");
        if (report.isMissingNode()) {
            return Optional.empty();
        }
        String cost = String.format(Locale.ROOT,
                "blackout %d ms, brownout %.3f s; %.1f MiB in precopy, %.1f MiB in downtime, %.1f MiB in postcopy",
                report.path("blackout-ms").asLong(0), report.path("brownout-ms").asLong(0) / 1000.0,
                report.path("precopy-bytes").asLong(0) / MIB, report.path("downtime-bytes").asLong(0) / MIB,
                report.path("postcopy-bytes").asLong(0) / MIB);
        var broken = report.path("broken").values().stream().map(JsonNode::asString).toList();
        return Optional
                .of((broken.isEmpty() ? "Terms kept: " : "Terms broken: " + String.join("; ", broken) + ". It was ")
                        + cost);
    }
}
