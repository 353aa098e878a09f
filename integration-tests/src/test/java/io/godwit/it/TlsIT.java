package io.godwit.it;

import static io.godwit.protocol.qapi.MigrationStatus.COMPLETED;
import static io.godwit.protocol.qapi.MigrationStatus.FAILED;
import static io.godwit.protocol.qapi.MigrationStatus.POSTCOPY_PAUSED;
import static io.godwit.protocol.qapi.MigrationStatus.SETUP;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.Certificates;
import io.godwit.it.fixture.DaemonProcess;
import io.godwit.it.fixture.GuestOptions;
import io.godwit.it.fixture.QemuProcess;
import io.godwit.it.fixture.Relay;
import io.godwit.it.fixture.RequiresBinutils;
import io.godwit.it.fixture.RequiresQemu;
import io.godwit.it.fixture.ServerProcess;
import io.godwit.it.fixture.StockQemuTest;
import io.godwit.it.fixture.Until;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Migrations by TLS, on every connection they make; and who is not who it should be is refused at both ends, and costs nothing. */
@RequiresQemu // whose libgnutls it is
class TlsIT extends StockQemuTest {
    private static final String HERE = "DNS:localhost,IP:127.0.0.1";
    private static final String ANY_PORT = "tcp:127.0.0.1:0";
    private static final long MIB = 1 << 20;
    private static final long SLOW = 16 * MIB;
    private static final int CUTS = 5;
    private static final String CREDENTIALS = "tls-creds-x509";

    private Optional<Certificates> made = Optional.empty();

    /** This test's. */
    private Certificates authority() {
        if (made.isEmpty()) {
            made = Optional.of(Certificates.authority(directory().resolve("authority")));
        }
        return made.get();
    }

    @ParameterizedTest
    @ValueSource(strings = {"return-path", "multifd,return-path"})
    void movesAGuest(String capabilities) {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        secure(source, destination);
        setCapabilities(capabilities, source, destination);

        migrate(source, destination.listen(ANY_PORT));

        awaitCompletion(source, destination);
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    void movesAGuestBeforeItsMemoryWithAConnectionForWhatItAsksFor() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        secure(source, destination);
        setCapabilities("return-path,postcopy-ram,postcopy-preempt", source, destination);

        migrate(source, destination.listen(ANY_PORT));
        source.qmp().execute("migrate-start-postcopy");

        awaitCompletion(source, destination);
        assertThat(destination.qmp().eventNames()).contains("RESUME");
        assertThat(destination.verify()).isNotBlank();
    }

    /** The wire itself is cut, so that TLS on both sides finds out in the middle of a record. */
    @ParameterizedTest
    @ValueSource(strings = {"postcopy-ram", "postcopy-ram,postcopy-preempt"})
    void losesNothingHoweverOftenTheWireOfAPostcopyIsCut(String capabilities) {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        secure(source, destination);
        source.qmp().setParameter("tls-hostname", "localhost"); // a unix socket has no name of a host
        source.qmp().setParameter("max-postcopy-bandwidth", SLOW);
        setCapabilities(capabilities, source, destination);
        Relay relay = relay(0);

        destination.listen(unixUri("wire-0"));
        migrate(source, unixUri("front-0"));
        source.qmp().execute("migrate-start-postcopy");
        destination.qmp().awaitRunState("running");
        for (int cut = 1; cut <= CUTS; cut++) {
            awaitMorePages(source);
            relay.cut();
            source.qmp().awaitMigration(POSTCOPY_PAUSED);
            destination.qmp().awaitMigration(POSTCOPY_PAUSED);
            assertThat(relay.firstBytes()).isNotEmpty().containsOnly(Relay.TLS_HANDSHAKE);
            relay = relay(cut);
            destination.qmp().execute("migrate-recover", Map.of("uri", unixUri("wire-" + cut)));
            source.qmp().execute("migrate", Map.of("uri", unixUri("front-" + cut), "resume", true));
        }
        source.qmp().setParameter("max-postcopy-bandwidth", 0);

        awaitCompletion(source, destination);
        assertThat(relay.firstBytes()).hasSize(capabilities.contains("preempt") ? 2 : 1)
                .containsOnly(Relay.TLS_HANDSHAKE);
        assertThat(destination.verify()).isNotBlank();
    }

    private Relay relay(int number) {
        return closeAtEnd(
                Relay.between(directory().resolve("front-" + number), directory().resolve("wire-" + number)));
    }

    private static void awaitMorePages(ServerProcess source) {
        long sent = source.qmp().queryMigrate().at("/ram/postcopy-bytes").asLong(0);
        Until.holds("more pages were sent",
                () -> source.qmp().queryMigrate().at("/ram/postcopy-bytes").asLong(0) > sent + MIB);
    }

    /** A source without a certificate is no more let in when it comes back than it would have been at first. */
    @Test
    void letsNobodyElseTakeUpAPausedPostcopy() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        secure(source, destination);
        addClient(source, "nobody", authority().nobody());
        source.qmp().setParameter("tls-hostname", "localhost");
        source.qmp().setParameter("max-postcopy-bandwidth", SLOW);
        setCapabilities("postcopy-ram", source, destination);
        migrate(source, destination.listen(unixUri("wire-0")));
        source.qmp().execute("migrate-start-postcopy");
        destination.qmp().awaitRunState("running");
        source.qmp().execute("migrate-pause");
        source.qmp().awaitMigration(POSTCOPY_PAUSED);
        destination.qmp().awaitMigration(POSTCOPY_PAUSED);
        destination.qmp().execute("migrate-recover", Map.of("uri", unixUri("wire-1")));

        source.qmp().setParameter("tls-creds", "nobody");
        source.qmp().execute("migrate", Map.of("uri", unixUri("wire-1"), "resume", true));
        assertHeard(destination, "Verify failed: No certificate was found.");
        source.qmp().awaitMigration(POSTCOPY_PAUSED);
        assertThat(destination.qmp().migrationStatus()).isEqualTo(POSTCOPY_PAUSED);

        source.qmp().setParameter("tls-creds", "tls0");
        source.qmp().setParameter("max-postcopy-bandwidth", 0);
        source.qmp().execute("migrate", Map.of("uri", unixUri("wire-1"), "resume", true));
        awaitCompletion(source, destination);
        assertThat(destination.verify()).isNotBlank();
    }

    @Test
    void refusesWhoIsNotWhoItShouldBeAndMovesTheGuestAllTheSame() {
        DaemonProcess source = daemon("source", GuestOptions.workload());
        DaemonProcess destination = daemon("destination", GuestOptions.workload().incoming());
        var strangers = Certificates.authority(directory().resolve("strangers"));
        addServer(destination, authority().server(HERE));
        destination.qmp().execute("object-add",
                Map.of("qom-type", "authz-simple", "id", "who", "identity", "CN=friend"));
        destination.qmp().setParameter("tls-authz", "who");
        addClient(source, "nobody", authority().nobody());
        source.qmp().execute("object-add",
                Map.of("qom-type", CREDENTIALS, "id", "stranger", "endpoint", "client", "dir",
                        authority().strangerOf(strangers, "friend").toString(), "sanity-check", false));
        addClient(source, "foe", authority().client("foe"));
        addClient(source, "friend", authority().client("friend"));
        setCapabilities("return-path", source, destination);
        String uri = destination.listen(ANY_PORT);

        assertRefused(source, uri, "", "", ""); // what comes back makes no sense to who speaks no TLS
        assertHeard(destination, "An unexpected TLS packet was received");
        assertRefused(source, uri, "nobody", "", "Certificate is required");
        assertHeard(destination, "Verify failed: No certificate was found.");
        assertRefused(source, uri, "stranger", "", "Certificate is required"); // GnuTLS does not show what cannot be trusted
        assertRefused(source, uri, "foe", "", "Access was denied");
        assertHeard(destination, "TLS x509 authz check for CN=foe is denied");
        assertRefused(source, uri, "friend", "elsewhere.example",
                "Certificate does not match the hostname elsewhere.example");
        assertHeard(destination, "the other end says: Certificate is bad");
        assertThat(destination.qmp().migrationStatus()).isEqualTo(SETUP);

        source.qmp().execute("migrate-set-parameters", Map.of("tls-creds", "friend", "tls-hostname", ""));
        migrate(source, uri);
        awaitCompletion(source, destination);
        assertThat(destination.verify()).isNotBlank();
    }

    private static void assertRefused(DaemonProcess source, String uri, String credentials, String hostname,
            String text) {
        source.qmp().execute("migrate-set-parameters", Map.of("tls-creds", credentials, "tls-hostname", hostname));
        migrate(source, uri);
        assertThat(source.qmp().awaitMigration(FAILED, COMPLETED).path("error-desc").asString("")).isNotBlank()
                .contains(text);
        assertThat(source.qmp().runState()).isEqualTo("running");
    }

    private static void assertHeard(ServerProcess destination, String text) {
        Until.holds("the destination says '" + text + "'", () -> destination.log().contains(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"return-path", "multifd,return-path"})
    @RequiresBinutils
    void goesOnFromQemuToQemu(String capabilities) {
        QemuProcess source = runningQemu("source");
        DaemonProcess held = daemon("held", GuestOptions.held(192));
        secure(source, held);
        setCapabilities(capabilities, source, held);
        migrate(source, held.listen(ANY_PORT));
        awaitCompletion(source, held);
        String ram = source.ramDigest();

        QemuProcess destination = waitingQemu("destination");
        held.qmp().execute("object-del", Map.of("id", "tls0"));
        secure(held, destination);
        setCapabilities(capabilities, destination);
        migrate(held, destination.listen(ANY_PORT));
        awaitCompletion(held, destination);

        assertArrivedWhole(destination, ram);
    }

    @Test
    @RequiresBinutils
    void refusesAQemuThatShowsNothingAndIsRefusedByOneToWhichItShowsNothing() {
        QemuProcess source = runningQemu("source");
        DaemonProcess held = daemon("held", GuestOptions.held(192));
        addServer(held, authority().server(HERE));
        addClient(source, "nobody", authority().nobody());
        addClient(source, "friend", authority().client("friend"));
        setCapabilities("return-path", source, held);
        String uri = held.listen(ANY_PORT);
        source.qmp().setParameter("tls-creds", "nobody");
        migrate(source, uri);
        source.qmp().awaitMigration(FAILED);
        assertHeard(held, "Verify failed: No certificate was found.");
        assertThat(source.qmp().runState()).isEqualTo("running");
        source.qmp().setParameter("tls-creds", "friend");
        migrate(source, uri);
        awaitCompletion(source, held);

        QemuProcess destination = waitingQemu("destination");
        addServer(destination, directory().resolve("authority/server-server"));
        addClient(held, "nobody", directory().resolve("authority/nobody"));
        setCapabilities("return-path", destination);
        held.qmp().setParameter("tls-creds", "nobody");
        migrate(held, destination.listen(ANY_PORT));

        assertThat(held.qmp().awaitMigration(FAILED).path("error-desc").asString("")).isNotBlank();
        assertHeard(destination, "No certificate was found");
    }

    private static void setCapabilities(String names, ServerProcess... ends) {
        for (ServerProcess end : ends) {
            end.qmp().setCapabilities(names.split(",", -1));
        }
    }

    /** Both ends trust each other. */
    private void secure(ServerProcess source, ServerProcess destination) {
        addServer(destination, authority().server(HERE));
        addClient(source, "tls0", authority().client("friend"));
        source.qmp().setParameter("tls-creds", "tls0");
    }

    private static void addServer(ServerProcess destination, Path files) {
        destination.qmp().execute("object-add",
                Map.of("qom-type", CREDENTIALS, "id", "tls0", "endpoint", "server", "dir", files.toString()));
        destination.qmp().setParameter("tls-creds", "tls0");
    }

    private static void addClient(ServerProcess source, String id, Path files) {
        source.qmp().execute("object-add",
                Map.of("qom-type", CREDENTIALS, "id", id, "endpoint", "client", "dir", files.toString()));
    }
}
