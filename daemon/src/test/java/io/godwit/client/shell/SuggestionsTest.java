package io.godwit.client.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class SuggestionsTest {
    private final Suggestions suggestions = new Suggestions(RecordedSchema.read());

    private List<String> at(String line) {
        return at(suggestions, line);
    }

    private static List<String> at(Suggestions suggestions, String line) {
        String[] words = line.split(" ", -1);
        return suggestions.of(List.of(words).subList(0, words.length - 1), words[words.length - 1]).stream()
                .map(Suggestion::word).toList();
    }

    @Test
    void commandsFitAtTheBeginning() {
        assertThat(at("query-mig")).containsExactly("query-migrate", "query-migrate-capabilities",
                "query-migrate-parameters", "query-migrationthreads");
        assertThat(at("")).contains("help", "migrate", "stop").doesNotContain("STOP", "MIGRATION");
        assertThat(at("help query-sta")).containsExactly("query-status");
        assertThat(at("help migrate ")).isEmpty();
    }

    @Test
    void argumentsFitAfterACommandUntilTheyAreGiven() {
        assertThat(at("migrate ")).containsExactly("uri=", "channels.", "detach=", "resume=");
        assertThat(at("migrate uri=tcp:h:1 ")).containsExactly("channels.", "detach=", "resume=");
        assertThat(at("query-status ")).isEmpty();
        assertThat(at("unheard-of ")).isEmpty();
    }

    @Test
    void wordsAndFlagsFitBehindTheEqualsSign() {
        assertThat(at("migrate detach=")).containsExactly("detach=true", "detach=false");
        assertThat(at("migrate-set-parameters multifd-compression=z")).contains("multifd-compression=zlib",
                "multifd-compression=zstd");
        assertThat(at("migrate uri=t")).isEmpty();
    }

    @Test
    void membersOfListsFitByTheirNumber() {
        assertThat(at("migrate-set-capabilities ")).containsExactly("capabilities.");
        assertThat(at("migrate-set-capabilities capabilities.")).containsExactly("capabilities.0.");
        assertThat(at("migrate-set-capabilities capabilities.0.")).containsExactly("capabilities.0.capability=",
                "capabilities.0.state=");
        assertThat(at("migrate-set-capabilities capabilities.0.capability=postcopy-r"))
                .containsExactly("capabilities.0.capability=postcopy-ram");
        assertThat(at("migrate-set-capabilities capabilities.0.capability=events capabilities."))
                .containsExactly("capabilities.0.", "capabilities.1.");
        assertThat(at("migrate-set-capabilities capabilities.0.capability=events capabilities.0."))
                .containsExactly("capabilities.0.state=");
    }

    @Test
    void theChosenVariantSaysWhichMembersThereAre() {
        assertThat(at("migrate channels.0.addr.transport=")).contains("channels.0.addr.transport=socket",
                "channels.0.addr.transport=exec");
        assertThat(at("migrate channels.0.addr.transport=exec channels.0.addr.")).containsExactly(
                "channels.0.addr.args.");
        assertThat(at("migrate channels.0.addr.transport=file channels.0.addr.")).containsExactly(
                "channels.0.addr.filename=", "channels.0.addr.offset=");
    }

    @Test
    void typesMayHaveNumbersForNamesAsQemuGivesThem() {
        var schema = Schema.of(JsonMapper.builder().build().readTree("""
                [{"name": "stop", "meta-type": "command", "arg-type": "0", "ret-type": "0"},
                 {"name": "set", "meta-type": "command", "arg-type": "1", "ret-type": "0"},
                 {"name": "0", "meta-type": "object", "members": []},
                 {"name": "1", "meta-type": "object", "members": [{"name": "mode", "type": "2"}]},
                 {"name": "2", "meta-type": "enum", "values": ["slow", "fast"]}]"""));

        assertThat(at(new Suggestions(schema), "s")).containsExactly("set", "stop");
        assertThat(at(new Suggestions(schema), "set mode=")).containsExactly("mode=slow", "mode=fast");
    }
}
