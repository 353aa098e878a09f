package io.godwit.protocol.qapi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qapi.MigrationAddress.FilePath;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MigrationUriTest {

    @Test
    void readsEveryScheme() throws QmpException {
        assertThat(MigrationUri.parse("tcp:host:4444")).isEqualTo(new MigrationAddress.Inet("host", "4444"));
        assertThat(MigrationUri.parse("tcp::4444")).isEqualTo(new MigrationAddress.Inet("", "4444"));
        assertThat(MigrationUri.parse("tcp:[::1]:4444")).isEqualTo(new MigrationAddress.Inet("::1", "4444"));
        assertThat(MigrationUri.parse("unix:/a,b:c")).isEqualTo(new MigrationAddress.UnixPath("/a,b:c"));
        assertThat(MigrationUri.parse("vsock:3:99")).isEqualTo(new MigrationAddress.Vsock("3", "99"));
        assertThat(MigrationUri.parse("fd:migrate")).isEqualTo(new MigrationAddress.FdName("migrate"));
        assertThat(MigrationUri.parse("exec:cat > 'x'"))
                .isEqualTo(new MigrationAddress.Exec(List.of("/bin/sh", "-c", "cat > 'x'")));
        assertThat(MigrationUri.parse("file:/a,b")).isEqualTo(new FilePath("/a,b", 0));
        assertThat(MigrationUri.parse("rdma:h:1"))
                .isEqualTo(new MigrationAddress.Rdma("h", "1", InetOptions.NONE));
    }

    @Test
    void readsOptionsOfATcpAddress() throws QmpException {
        assertThat(MigrationUri.parse("tcp:h:1,to=9,ipv4,ipv6=off,keep-alive=on")).isEqualTo(
                new MigrationAddress.Inet("h", "1", new InetOptions(Optional.empty(), Optional.of(9L),
                        Optional.of(true), Optional.of(false), Optional.of(true), Optional.empty())));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', delimiter = '|', textBlock = """
            ``               | `unknown migration protocol: `
            bogus            | unknown migration protocol: bogus
            bogus:x          | unknown migration protocol: bogus:x
            defer            | unknown migration protocol: defer
            /tmp/x           | unknown migration protocol: /tmp/x
            :tcp:a:1         | unknown migration protocol: :tcp:a:1
            TCP:a:1          | unknown migration protocol: TCP:a:1
            tcp:             | error parsing address ''
            tcp:127.0.0.1    | error parsing address '127.0.0.1'
            tcp:h:           | error parsing address 'h:'
            tcp::            | error parsing port in address ':'
            tcp:[::1         | error parsing IPv6 address '[::1'
            tcp:h:1,to=x     | error parsing to= argument
            tcp:h:1,to       | error parsing to= argument
            tcp:h:1,ipv4=may | error parsing 'ipv4' flag '=may'
            tcp:h:1,foo      | error parsing address 'h:1,foo'
            rdma:h           | error parsing address 'h'
            unix:            | invalid Unix socket address
            fd:              | invalid file descriptor address
            vsock:           | error parsing address ''
            vsock:1          | error parsing address '1'
            vsock:1:2,y      | trailing characters in address '1:2,y'
            """)
    void refusesWithQemusWords(String uri, String text) {
        assertThatThrownBy(() -> MigrationUri.parse(uri)).isInstanceOf(QmpException.class).hasMessage(text);
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            0, 0
            010, 10
            +1, 1
            ` 1`, 1
            1B, 1
            4k, 4096
            1M, 1048576
            1.5k, 1536
            .5k, 512
            1.k, 1024
            0.1k, 102
            1.0, 1
            1e, 1152921504606846976
            0x10942, 67906
            0X10, 16
            18446744073709551615, 9223372036854775807
            """)
    void readsOffsetsInBytes(String offset, long expected) throws QmpException {
        assertThat(MigrationUri.parse("file:/x,offset=" + offset)).isEqualTo(new FilePath("/x", expected));
    }

    @ParameterizedTest
    @CsvSource(quoteCharacter = '`', textBlock = """
            ``, Invalid argument
            q, Invalid argument
            ., Invalid argument
            k, Invalid argument
            1.5, Invalid argument
            1.5b, Invalid argument
            1kk, Invalid argument
            `12 `, Invalid argument
            1e3, Invalid argument
            inf, Invalid argument
            0x, Invalid argument
            0x10k, Invalid argument
            -1k, Invalid argument
            `1,offset=2`, Invalid argument
            -1, Numerical result out of range
            -0, Numerical result out of range
            16E, Numerical result out of range
            0x10000000000000000, Numerical result out of range
            99999999999999999999, Numerical result out of range
            """)
    void refusesOffsetsWithQemusWords(String offset, String reason) {
        assertThatThrownBy(() -> MigrationUri.parse("file:/x,offset=" + offset))
                .hasMessage("file URI has bad offset " + offset + ": " + reason);
    }
}
