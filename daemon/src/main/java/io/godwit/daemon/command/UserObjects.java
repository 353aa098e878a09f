package io.godwit.daemon.command;

import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Part;
import io.godwit.engine.migration.Endpoint;
import io.godwit.engine.tls.AuthorityPolicy;
import io.godwit.engine.tls.TlsCredentials;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.ObjectOptions;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import io.godwit.protocol.qapi.QapiPath;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Owns the objects that clients have made by {@code object-add}: credentials for TLS, passwords of their keys, and who is let in.
 * They outlive the client. Any thread: {@code migrate-recover} is out of band. The texts are QEMU's.
 */
public final class UserObjects implements Holding, AutoCloseable {
    /** Its name among a daemon's holdings, and that of the list in it. */
    public static final String NAME = "objects";

    private static final String ID = "[a-zA-Z][a-zA-Z0-9._-]*";
    private static final int MOST_SECRET_BYTES = 1 << 16;
    /** Each may hold certificates outside of the heap. */
    private static final int MOST_OBJECTS = 1000;

    /** What an object is when it has been made. */
    private sealed interface Made {
        ObjectOptions options();

        record Credentials(ObjectOptions.TlsCredsX509 options, TlsCredentials value) implements Made {}

        record Secret(ObjectOptions.Secret options, String value) implements Made {}

        record Identity(ObjectOptions.AuthzSimple options) implements Made {}
    }

    private final Map<String, Made> objects = new LinkedHashMap<>();

    /** Empty. */
    public UserObjects() {}

    synchronized void add(ObjectOptions options) throws QmpException {
        String id = options.id();
        if (!id.matches(ID)) {
            throw new QmpException("Parameter 'id' expects an identifier");
        }
        if (objects.containsKey(id)) {
            throw new QmpException("attempt to add duplicate property '" + id + "' to object (type 'container')");
        }
        if (objects.size() == MOST_OBJECTS) {
            throw new QmpException("%d objects are the most that can be: remove one first".formatted(MOST_OBJECTS));
        }
        try {
            objects.put(id, make(options));
        } catch (IOException e) {
            throw new QmpException(String.valueOf(e.getMessage()));
        }
    }

    private Made make(ObjectOptions options) throws QmpException, IOException {
        return switch (options) {
            case ObjectOptions.TlsCredsX509 x509 -> new Made.Credentials(x509, load(x509));
            case ObjectOptions.Secret secret -> new Made.Secret(secret, value(secret));
            case ObjectOptions.AuthzSimple authz -> new Made.Identity(authz);
        };
    }

    private TlsCredentials load(ObjectOptions.TlsCredsX509 x509) throws QmpException, IOException {
        if (x509.dir().isEmpty()) {
            throw new QmpException("Missing 'dir' property value");
        }
        Optional<String> password = Optional.empty();
        if (x509.passwordid().isPresent()) {
            String id = x509.passwordid().get();
            if (!(objects.get(id) instanceof Made.Secret(var _, var value))) {
                throw new QmpException("No secret with id '" + id + "'");
            }
            password = Optional.of(value);
        }
        return TlsCredentials.load(MigrationAddresses.path(x509.dir().get()), new TlsCredentials.Options(
                x509.endpoint(), x509.verifyPeer(), x509.sanityCheck(), x509.priority(), password));
    }

    private static String value(ObjectOptions.Secret secret) throws QmpException, IOException {
        if (secret.keyid().isPresent()) {
            throw NotBuiltYet.encryptedSecret();
        }
        if (secret.data().isPresent() && secret.file().isPresent()) {
            throw new QmpException("'file' and 'data' are mutually exclusive");
        }
        String written;
        if (secret.file().isPresent()) {
            written = read(MigrationAddresses.path(secret.file().get()));
        } else {
            written = secret.data().orElseThrow(() -> new QmpException("Either 'file' or 'data' must be provided"));
        }
        return switch (secret.format()) {
            case RAW -> written;
            case BASE64 -> decoded(written);
        };
    }

    private static String read(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_SECRET_BYTES + 1);
            if (bytes.length > MOST_SECRET_BYTES) {
                throw new IOException("more than " + MOST_SECRET_BYTES + " bytes");
            }
            return new String(bytes, StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IOException("Unable to read " + file + ": " + e.getMessage(), e);
        }
    }

    private static String decoded(String written) throws QmpException {
        try {
            return new String(Base64.getDecoder().decode(written.strip()), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new QmpException("Base64 data is not valid: " + e.getMessage());
        }
    }

    synchronized void remove(String id) throws QmpException {
        Made removed = objects.remove(id);
        if (removed == null) {
            throw new QmpException("object '" + id + "' not found");
        }
        release(removed);
    }

    private static void release(Made made) {
        if (made instanceof Made.Credentials(var _, var value)) {
            value.close(); // a migration that uses them goes on
        }
    }

    /**
     * The endpoint secured as the parameters say, for the end that connects; as it is when they ask for no TLS.
     *
     * @throws QmpException when they name no credentials for that, or TLS cannot go there
     */
    Endpoint outgoing(Endpoint endpoint, MigrationParameters parameters) throws QmpException {
        if (parameters.tlsCreds().isEmpty()) {
            return endpoint;
        }
        TlsCredentials credentials = credentials(parameters.tlsCreds(), QCryptoTLSCredsEndpoint.CLIENT);
        Optional<String> host = !parameters.tlsHostname().isEmpty()
                ? Optional.of(parameters.tlsHostname())
                : socket(endpoint) instanceof Endpoint.Tcp(var name, var _) ? Optional.of(name) : Optional.empty();
        if (host.isEmpty() && credentials.verifyPeer()) {
            throw new QmpException("No hostname for certificate validation");
        }
        return new Endpoint.Secured(socket(endpoint), new AuthorityPolicy(credentials, host, Optional.empty()));
    }

    /** As {@link #outgoing}, for the end that listens. */
    Endpoint incoming(Endpoint endpoint, MigrationParameters parameters) throws QmpException {
        if (parameters.tlsCreds().isEmpty()) {
            return endpoint;
        }
        TlsCredentials credentials = credentials(parameters.tlsCreds(), QCryptoTLSCredsEndpoint.SERVER);
        return new Endpoint.Secured(socket(endpoint),
                new AuthorityPolicy(credentials, Optional.empty(), authorized(parameters.tlsAuthz())));
    }

    /**
     * The endpoint, where TLS can go.
     *
     * @throws QmpException for what is no socket
     */
    static Endpoint socket(Endpoint endpoint) throws QmpException {
        return switch (endpoint) {
            case Endpoint.Tcp _,Endpoint.Unix _ -> endpoint;
            case Endpoint.Exec _,Endpoint.File _,Endpoint.Descriptor _,Endpoint.Secured _ ->
                throw new QmpException("TLS needs tcp:HOST:PORT or unix:PATH");
        };
    }

    private synchronized TlsCredentials credentials(String id, QCryptoTLSCredsEndpoint endpoint) throws QmpException {
        Made found = objects.get(id);
        if (found == null) {
            throw new QmpException("No TLS credentials with id '" + id + "'");
        }
        if (!(found instanceof Made.Credentials(var _, var value))) {
            throw new QmpException("Object with id '" + id + "' is not TLS credentials");
        }
        if (value.endpoint() != endpoint) {
            throw new QmpException("Expected TLS credentials for a " + endpoint.qapiName() + " endpoint");
        }
        return value;
    }

    private synchronized Optional<Predicate<String>> authorized(String id) throws QmpException {
        if (id.isEmpty()) {
            return Optional.empty();
        }
        @Nullable
        Made found = objects.get(id);
        if (!(found instanceof Made.Identity(var options))) {
            throw new QmpException("Cannot find QAuthZ object with ID '" + id + "'");
        }
        return Optional.of(options.identity()::equals);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public synchronized Part lend() {
        ObjectNode data = Json.object();
        ArrayNode all = data.putArray(NAME);
        objects.values().forEach(made -> all.add(made.options().toJson()));
        return new Part(data, List.of());
    }

    /**
     * Makes the objects that another process has, from the files that are there by now.
     *
     * @throws IOException when one of them cannot be made any more
     */
    public void take(Part part) throws IOException {
        for (var each : part.data().path(NAME)) {
            try {
                add(ObjectOptions.TYPE.parse(each, QapiPath.ARGUMENTS));
            } catch (QmpException e) {
                throw new IOException("object " + each.path("id").asString("") + ": " + e.getMessage(), e);
            }
        }
    }

    @Override
    public synchronized void close() {
        objects.values().forEach(UserObjects::release);
        objects.clear();
    }
}
