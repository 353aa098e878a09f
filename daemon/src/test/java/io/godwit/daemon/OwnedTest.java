package io.godwit.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class OwnedTest {

    @Test
    void closesInReverseOrderAndOnceAndPastAFailure() {
        var closed = new ArrayList<String>();
        var owned = new Owned();
        owned.own((AutoCloseable) () -> closed.add("first"));
        owned.own((AutoCloseable) () -> {
            throw new IllegalStateException("cannot be closed");
        });
        owned.own((AutoCloseable) () -> closed.add("last"));

        owned.close();
        owned.close();

        assertThat(closed).containsExactly("last", "first");
    }
}
