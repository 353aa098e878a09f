package io.godwit.daemon.config;

import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ParseResult;

/** What was given on a command line, by option and type. */
final class ParsedOptions {
    private final ParseResult result;

    ParsedOptions(ParseResult result) {
        this.result = result;
    }

    boolean has(Option option) {
        return result.hasMatchedOption(option.dashed());
    }

    <T> Optional<T> get(Option option, Class<T> type) {
        return Optional.ofNullable(type.cast(result.matchedOptionValue(option.dashed(), (Object) null)));
    }

    <T> List<T> all(Option option, Class<T> type) {
        return result.matchedOptionValue(option.dashed(), List.of()).stream().map(type::cast).toList();
    }
}
