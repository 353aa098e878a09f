package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.linux.MemFd;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.MigrationUri;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigrationAddressesTest {
    private final DescriptorTable table = new DescriptorTable();
    private final MigrationAddresses addresses = new MigrationAddresses(table);

    @AfterEach
    void close() {
        table.close();
    }

    @Test
    void anAddressOfEachKindHasItsEndpoint() throws QmpException {
        assertThat(outgoing("tcp:host.example:4444")).isEqualTo(new Endpoint.Tcp("host.example", 4444));
        assertThat(outgoing("unix:/run/m.sock")).isEqualTo(new Endpoint.Unix(Path.of("/run/m.sock")));
        assertThat(outgoing("exec:cat >/dev/null"))
                .isEqualTo(new Endpoint.Exec(List.of("/bin/sh", "-c", "cat >/dev/null")));
        assertThat(outgoing("file:/tmp/a,b,offset=4k")).isEqualTo(new Endpoint.File(Path.of("/tmp/a,b"), 4096));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "vsock:3:4444       | Transport 'vsock' is not built into Godwit 0.1.0 yet",
            "rdma:host:4444     | Transport 'rdma' is not built into Godwit 0.1.0 yet",
            "tcp:host:1,to=9    | of a TCP address is not built into Godwit 0.1.0 yet",
            "tcp:host:70000     | port is no number from 0 to 65535",
            "tcp:host:ssh       | port is no number from 0 to 65535"})
    void refusesByNameWhatItCannotReach(String uri, String expected) {
        assertThatThrownBy(() -> outgoing(uri)).isInstanceOf(QmpException.class).hasMessageContaining(expected);
    }

    @Test
    void takesANamedDescriptorOnlyWhenTheMigrationStarts() throws Exception {
        Fd passed = MemFd.create("passed", 4096);
        table.name("out", passed);
        var endpoint = (Endpoint.Descriptor) outgoing("fd:out");
        assertThat(endpoint.fileOffset()).isEmpty();
        assertThat(endpoint.source().take(true)).isSameAs(passed);
        assertThatThrownBy(() -> endpoint.source().take(true)).isInstanceOf(IOException.class)
                .hasMessage("File descriptor named 'out' has not been found");
        passed.close();
    }

    @Test
    void aDescriptorSetIsAFileWithItsOffset() throws QmpException {
        var endpoint = (Endpoint.Descriptor) outgoing("file:/dev/fdset/4,offset=0x1000");
        assertThat(endpoint.fileOffset()).isEqualTo(OptionalLong.of(4096));
        assertThatThrownBy(() -> endpoint.source().take(true)).hasMessage("Failed to find fdset /dev/fdset/4");
    }

    @Test
    void aBareNumberIsAnInheritedDescriptorForADestinationAndAMereNameForASource() throws Exception {
        List<Fd> pair = StreamSocket.pair();
        int number = pair.getFirst().duplicate().number();
        String uri = "fd:" + number;
        try (Fd taken = ((Endpoint.Descriptor) incoming(uri)).source().take(false)) {
            assertThat(taken.number()).isEqualTo(number);
            assertThat(taken.kind()).isEqualTo(FileKind.SOCKET);
        }
        assertThatThrownBy(() -> ((Endpoint.Descriptor) outgoing(uri)).source().take(true))
                .hasMessage("File descriptor named '" + number + "' has not been found");
        pair.forEach(Fd::close);
    }

    @ParameterizedTest
    @CsvSource({"fd:0", "fd:999999", "fd:12345678901", "fd:5x"})
    void refusesANumberThatIsNoInheritedDescriptor(String uri) {
        assertThatThrownBy(() -> ((Endpoint.Descriptor) incoming(uri)).source().take(false))
                .isInstanceOf(IOException.class);
    }

    private Endpoint outgoing(String uri) throws QmpException {
        return addresses.outgoing(MigrationUri.parse(uri));
    }

    private Endpoint incoming(String uri) throws QmpException {
        MigrationAddress address = MigrationUri.parse(uri);
        return addresses.incoming(address);
    }
}
