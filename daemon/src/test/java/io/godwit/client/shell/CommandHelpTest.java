package io.godwit.client.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class CommandHelpTest {

    private static List<String> help(String line) {
        return new CommandHelp(RecordedSchema.read()).lines(Word.of(line), 1);
    }

    @Test
    void listsTheCommands() {
        assertThat(help("help")).contains("migrate", "query-status").isSorted();
    }

    @Test
    void showsHowArgumentsAreTyped() {
        assertThat(help("help migrate-set-capabilities").getFirst()).isEqualTo("migrate-set-capabilities");
        assertThat(help("help migrate-set-capabilities").get(1)).startsWith("  capabilities.N.capability=")
                .contains("|postcopy-ram|");
        assertThat(help("help migrate-set-capabilities").get(2)).isEqualTo("  capabilities.N.state=true|false");
        assertThat(help("help query-status")).containsExactly("query-status", "  takes no arguments");
        assertThat(help("help warp")).containsExactly("There is no command 'warp'");
    }

    @Test
    void showsWhatBelongsToWhichVariant() {
        assertThat(help("help migrate")).startsWith("migrate", "  [uri=STRING]").containsSequence(
                "  with channels.N.addr.transport=exec:", "    [channels.N.addr.args.N=STRING]")
                .endsWith("  [detach=true|false]", "  [resume=true|false]");
    }

    @Test
    void endsWhereTypesContainThemselves() {
        var schema = Schema.of(JsonMapper.builder().build().readTree(
                """
                        [{"name": "add", "meta-type": "command", "arg-type": "node", "ret-type": "node"},
                         {"name": "node", "meta-type": "object", "members": [{"name": "child", "type": "node", "default": null}]}]
                        """));

        assertThat(new CommandHelp(schema).lines(Word.of("help add"), 80)).containsExactly("add", "  [child={...}]");
    }
}
