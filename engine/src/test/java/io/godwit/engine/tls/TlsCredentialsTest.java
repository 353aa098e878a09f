package io.godwit.engine.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Credentials that are not what they should be are refused, in the words of QEMU 10. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TlsCredentialsTest {
    private Path shared = Path.of("");

    @TempDir
    Path directory = Path.of("");

    @BeforeAll
    void makeCertificates(@TempDir Path fresh) throws IOException {
        shared = fresh;
        authority("ca");
        authority("other-ca");
        signed("server", "subjectAltName=DNS:localhost", "2", "rsa:2048");
        signed("client", "extendedKeyUsage=critical,clientAuth", "2", "ec");
        signed("expired", "subjectAltName=DNS:localhost", "-1", "ec");
    }

    private void authority(String name) throws IOException {
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                shared.resolve(name + "-key.pem").toString(), "-out", shared.resolve(name + ".pem").toString(), "-days",
                "2", "-subj", "/CN=" + name, "-addext", "basicConstraints=critical,CA:TRUE", "-addext",
                "keyUsage=critical,keyCertSign,cRLSign");
    }

    private void signed(String name, String extension, String days, String kind) throws IOException {
        Path extensions = Files.writeString(shared.resolve(name + ".ext"),
                "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n" + extension
                        + "\n");
        String key = shared.resolve(name + "-key.pem").toString();
        String request = shared.resolve(name + ".csr").toString();
        if (kind.equals("ec")) {
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out",
                    request, "-subj", "/CN=" + name);
        } else {
            openssl("req", "-newkey", kind, "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=" + name);
        }
        openssl("x509", "-req", "-in", request, "-CA", shared.resolve("ca.pem").toString(), "-CAkey",
                shared.resolve("ca-key.pem").toString(), "-CAcreateserial", "-days", days, "-extfile",
                extensions.toString(), "-out", shared.resolve(name + ".pem").toString());
    }

    private static void openssl(String... arguments) throws IOException {
        var command = new ArrayList<String>(List.of("openssl"));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            assertThat(process.waitFor()).describedAs("%s: %s", command, said).isZero();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** A file of the directory is one of those made above, some text, or missing. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', nullValues = "-", textBlock = """
            server | -        | server   | server     | Unable to access credentials DIR/ca-cert.pem: No such file or directory
            server | ca       | -        | server     | Unable to access credentials DIR/server-cert.pem: No such file or directory
            server | ca       | server   | -          | Unable to access credentials DIR/server-key.pem: No such file or directory
            server | ca       | 'hello'  | server     | Unable to import server certificate DIR/server-cert.pem: Base64 unexpected header error.
            server | 'hello'  | server   | server     | Unable to import CA certificate list DIR/ca-cert.pem
            server | ca       | server   | 'hello'    | Cannot load certificate 'DIR/server-cert.pem' & key 'DIR/server-key.pem': The requested data were not available.
            server | ca       | server   | client     | Cannot load certificate 'DIR/server-cert.pem' & key 'DIR/server-key.pem': The certificate and the given key do not match.
            server | ca       | server   | encrypted  | Cannot load certificate 'DIR/server-cert.pem' & key 'DIR/server-key.pem': Decryption has failed.
            server | other-ca | server   | server     | Our own certificate DIR/server-cert.pem failed validation against DIR/ca-cert.pem: The certificate hasn't got a known issuer
            server | server   | server   | server     | The certificate DIR/ca-cert.pem basic constraints do not show a CA
            server | ca       | ca       | ca         | The certificate DIR/server-cert.pem basic constraints show a CA, but we need one for a server
            server | ca       | expired  | expired    | The server certificate DIR/server-cert.pem has expired
            server | ca       | client   | client     | Certificate DIR/server-cert.pem purpose does not allow use with a TLS server
            """)
    void areRefused(String role, @Nullable String authority, @Nullable String certificate, @Nullable String key,
            String text) throws IOException {
        encryptServerKey();
        put(authority, ".pem", "ca-cert.pem");
        put(certificate, ".pem", role + "-cert.pem");
        put(key, "-key.pem", role + "-key.pem");

        assertThatThrownBy(() -> load(role, true, Optional.empty())).isInstanceOf(IOException.class)
                .hasMessage(text.replace("DIR", directory.toString()));
    }

    private void encryptServerKey() throws IOException {
        openssl("pkcs8", "-topk8", "-in", shared.resolve("server-key.pem").toString(), "-out",
                shared.resolve("encrypted-key.pem").toString(), "-passout", "pass:open sesame");
    }

    private void put(@Nullable String source, String ending, String name) throws IOException {
        if (source == null) {
            return;
        }
        Path from = shared.resolve(source + ending);
        Path to = directory.resolve(name);
        if (Files.exists(from)) {
            Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
        } else {
            Files.writeString(to, source);
        }
    }

    private TlsCredentials load(String role, boolean sanityCheck, Optional<String> password) throws IOException {
        return TlsCredentials.load(directory,
                new TlsCredentials.Options(QCryptoTLSCredsEndpoint.valueOf(role.toUpperCase(Locale.ROOT)), true,
                        sanityCheck, Optional.empty(), password));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa -traditional", "pkcs8 -topk8 -nocrypt", "pkcs8 -topk8 -passout pass:open~sesame"})
    void areReadInEveryFormThatKeysAreWrittenIn(String form) throws IOException {
        put("ca", ".pem", "ca-cert.pem");
        put("server", ".pem", "server-cert.pem");
        String[] words = form.split(" ", -1);
        var command = new ArrayList<String>(List.of(words[0], "-in",
                shared.resolve("server-key.pem").toString(), "-out", directory.resolve("server-key.pem").toString()));
        for (String word : List.of(words).subList(1, words.length)) {
            command.add(word.replace('~', ' '));
        }
        openssl(command.toArray(String[]::new));

        assertThatCode(() -> load("server", true, Optional.of("open sesame")).close()).doesNotThrowAnyException();
    }

    @Test
    void ofAClientMayBeAnAuthorityToTrustAndNothingElse() throws IOException {
        put("ca", ".pem", "ca-cert.pem");

        assertThatCode(() -> load("client", true, Optional.empty()).close()).doesNotThrowAnyException();
    }

    @Test
    void areNotLookedAtWhenThatIsNotWanted() throws IOException {
        put("ca", ".pem", "ca-cert.pem");
        put("expired", ".pem", "server-cert.pem");
        put("expired", "-key.pem", "server-key.pem");

        assertThatCode(() -> load("server", false, Optional.empty()).close()).doesNotThrowAnyException();
    }

    @Test
    void haveARevocationListThatCanBeRead() throws IOException {
        put("ca", ".pem", "ca-cert.pem");
        put("server", ".pem", "server-cert.pem");
        put("server", "-key.pem", "server-key.pem");
        Files.writeString(directory.resolve("ca-crl.pem"), "hello");

        assertThatThrownBy(() -> load("server", true, Optional.empty())).isInstanceOf(IOException.class)
                .hasMessage("Cannot load CRL '" + directory.resolve("ca-crl.pem") + "': Base64 decoding error.");
    }

    @Test
    void areAtMostAMebibyteEach() throws IOException {
        Files.write(directory.resolve("ca-cert.pem"), new byte[PemFile.MOST_BYTES + 1]);

        assertThatThrownBy(() -> load("client", true, Optional.empty())).isInstanceOf(IOException.class)
                .hasMessageContaining("larger than 1048576 bytes");
    }
}
