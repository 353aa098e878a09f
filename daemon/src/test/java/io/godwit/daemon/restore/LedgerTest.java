package io.godwit.daemon.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.RestoreOrder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is noted of restores is there for the next process, and nothing else is taken for it. */
class LedgerTest {
    @TempDir
    Path dir;

    private Optional<Path> file() {
        return Optional.of(dir.resolve("restores"));
    }

    private static Unfinished unfinished(String id, Endpoint to) {
        var request = new RestoreRequest(Path.of("/var/tmp/vm.ram"), "unix:/run/wire", to,
                Optional.of(Path.of("/run/vm.qmp")), true, RestoreOrder.REPLAY, false, false);
        return new Unfinished(id, request, "place 4096 bytes, written 1", Map.of("pc.ram", 2L << 20));
    }

    @Test
    void whatHasBegunAndNotEndedIsThereForTheNextProcess() throws IOException {
        Unfinished overUnix = unfinished("restore-1", new Endpoint.Unix(Path.of("/run/wire")));
        Unfinished overTcp = unfinished("restore-2", new Endpoint.Tcp("::1", 4444));
        var ledger = new Ledger(file());
        ledger.begun(overUnix);
        ledger.begun(unfinished("restore-3", new Endpoint.Unix(Path.of("/run/wire"))));
        ledger.begun(overTcp);
        ledger.ended("restore-3");
        ledger.ended("never-begun");

        assertThat(new Ledger(file()).all()).containsExactly(overUnix, overTcp);
        try (var left = Files.list(dir)) {
            assertThat(left).containsExactly(dir.resolve("restores"));
        }
    }

    @Test
    void withoutAFileNothingIsKept() throws IOException {
        var ledger = new Ledger(Optional.empty());
        ledger.begun(unfinished("restore-1", new Endpoint.Unix(Path.of("/run/wire"))));
        assertThat(ledger.all()).hasSize(1);
        assertThat(dir).isEmptyDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "no JSON", "[]", "{\"version\":2,\"unfinished\":[]}",
            "{\"version\":1,\"unfinished\":[{}]}",
            "{\"version\":1,\"unfinished\":[{\"id\":\"a\",\"file\":\"/f\",\"uri\":\"u\",\"identity\":\"i\","
                    + "\"to\":{\"path\":\"/p\"},\"order\":\"SIDEWAYS\"}]}"})
    void whatIsNoneIsRefusedAndLeftAlone(String content) throws IOException {
        Files.writeString(file().orElseThrow(), content);
        assertThatThrownBy(() -> new Ledger(file())).isInstanceOf(IOException.class)
                .hasMessageContaining("restores is no list of restores");
        assertThat(file().orElseThrow()).hasContent(content);
    }
}
