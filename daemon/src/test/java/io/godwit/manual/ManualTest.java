package io.godwit.manual;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.client.ClientCommandLine;
import io.godwit.daemon.config.DaemonCommandLine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pages say what --help says. */
class ManualTest {

    @Test
    void nameEveryOptionOfTheDaemon() {
        var page = page("godwitd.8");
        for (var option : DaemonCommandLine.commandLine().getCommandSpec().options()) {
            String name = "-" + option.longestName().replaceFirst("^-+", "");
            if (option.hidden()) {
                assertThat(page).doesNotContain(name);
            } else {
                assertThat(page).contains(name).contains(String.join(" ", option.description()));
            }
        }
    }

    @Test
    void nameEveryCommandOfTheClientWithItsOptions() {
        var page = page("godwit.1");
        ClientCommandLine.commandLine().getSubcommands().forEach((name, command) -> {
            assertThat(page).contains(".SS \"" + name);
            command.getCommandSpec().options()
                    .forEach(option -> assertThat(page).contains("\n" + option.longestName()));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"godwit.bash", "godwitd.bash"})
    void completeOptions(String file) {
        assertThat(Manual.files().get(file)).contains("complete -F").contains("--help");
    }

    /** What a reader sees of it, near enough. */
    private static String page(String file) {
        return Manual.files().getOrDefault(file, "").replaceAll("\\\\f.", "").replace("\\-", "-").replace("\\&", "")
                .replace("\\e", "\\");
    }
}
