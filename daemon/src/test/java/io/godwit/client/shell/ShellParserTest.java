package io.godwit.client.shell;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jline.reader.EOFError;
import org.jline.reader.Parser.ParseContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShellParserTest {
    private final ShellParser parser = new ShellParser();

    @Test
    void theWordIsWhatStandsBeforeTheCursor() {
        var line = parser.parse("migrate uri=tcp:h:1 detach", 12, ParseContext.COMPLETE);

        assertThat(line.words()).containsExactly("migrate", "uri=");
        assertThat(line.word()).isEqualTo("uri=");
        assertThat(line.wordCursor()).isEqualTo(4);
        assertThat(parser.parse("migrate ", 8, ParseContext.COMPLETE).words()).containsExactly("migrate", "");
        assertThat(parser.parse("", 0, ParseContext.COMPLETE).words()).containsExactly("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"execute\":", "{\"execute\": \"a}", "a b=[1,", "a b=\"c", "a b='c"})
    void aRequestGoesOnWhileItIsOpen(String line) {
        assertThatThrownBy(() -> parser.parse(line, line.length(), ParseContext.ACCEPT_LINE))
                .isInstanceOf(EOFError.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"execute\": \"a{\"}", "{'a': '\\''}", "a b=[1, {}]", "a b=it's", "a b=c\"", "]", "[",
            ""})
    void aLineIsARequestWhenNothingIsOpen(String line) {
        assertThat(parser.parse(line, line.length(), ParseContext.ACCEPT_LINE).line()).isEqualTo(line);
    }
}
