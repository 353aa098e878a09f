package io.godwit.client.shell;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ColumnsTest {
    private static final List<String> WORDS = List.of("a", "bbbb", "cc", "d", "e");

    @Test
    void standSideBySideAsFarAsTheyFit() {
        assertThat(Columns.of(WORDS, 16)).containsExactly("a     cc    e", "bbbb  d");
        assertThat(Columns.of(WORDS, 15)).containsExactly("a     d", "bbbb  e", "cc");
        assertThat(Columns.of(WORDS, 80)).containsExactly("a     bbbb  cc    d     e");
    }

    @Test
    void standBelowEachOtherWhereThereIsNoRoom() {
        assertThat(Columns.of(WORDS, 3)).isEqualTo(WORDS);
        assertThat(Columns.of(WORDS, 0)).isEqualTo(WORDS);
        assertThat(Columns.of(List.of(), 80)).isEmpty();
    }
}
