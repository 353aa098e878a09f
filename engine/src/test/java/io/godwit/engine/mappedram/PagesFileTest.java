package io.godwit.engine.mappedram;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.OpenFlag;
import io.godwit.engine.linux.ProcessResources;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationParameters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.JsonNodeFactory;

final class PagesFileTest {
    /** A file that can be read, but not past the page cache: it has none. */
    private static final Path WITHOUT_DIRECT_IO = Path.of("/proc/self/status");

    private final SortedSet<String> descriptors = ProcessResources.descriptors();

    PagesFileTest() throws IOException {}

    @AfterEach
    void leavesNoDescriptorBehind() throws IOException {
        assertThat(ProcessResources.descriptors()).isEqualTo(descriptors);
    }

    private static MigrationOptions options(boolean directIo) throws Exception {
        var parameters = MigrationParameters.DEFAULTS.with(MigrateSetParametersArguments.TYPE
                .parse(JsonNodeFactory.instance.objectNode().put("direct-io", directIo)));
        return new MigrationOptions(MigrationCapabilities.NONE, () -> parameters, Optional.empty(), false);
    }

    @Test
    void isTheFileItselfWithoutDirectIo() throws Exception {
        try (Fd fd = Fd.open(WITHOUT_DIRECT_IO, Set.of(OpenFlag.READ), 0);
                var file = PagesFile.toRead(fd, options(false))) {
            assertThat(file.fd()).isSameAs(fd);
        }
    }

    @Test
    void saysWhatToDoWhereTheFileSystemHasNoDirectIo() throws Exception {
        try (Fd fd = Fd.open(WITHOUT_DIRECT_IO, Set.of(OpenFlag.READ), 0)) {
            MigrationOptions direct = options(true);
            assertThatThrownBy(() -> PagesFile.toRead(fd, direct)).isInstanceOf(IOException.class)
                    .hasMessage(
                            "Unable to open the migration file for direct I/O: Invalid argument; switch direct-io off");
            assertThat(fd.isOpen()).isTrue();
        }
    }
}
