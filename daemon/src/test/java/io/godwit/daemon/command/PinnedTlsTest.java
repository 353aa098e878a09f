package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.QCryptoTLSCredsEndpoint;
import io.godwit.protocol.qmp.QmpException;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is agreed for one migration holds until that has ended, and no longer. */
class PinnedTlsTest {
    private static final String PEER = "0123456789abcdef".repeat(4);

    private Consumer<MigrationStatus> migration = status -> {};
    private final PinnedTls pinned = new PinnedTls(watcher -> migration = watcher);

    @AfterEach
    void close() {
        pinned.close();
    }

    private void agree(String peer) throws QmpException {
        pinned.agree(QCryptoTLSCredsEndpoint.CLIENT, peer);
    }

    @Test
    void makesSomebodyElseOfItselfForEachMigration() throws QmpException {
        assertThat(pinned.renew()).isNotEqualTo(pinned.renew());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0123", "tls0", "0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF",
            "01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef:01:23:45:67:89:ab:cd:ef"})
    void refusesAPinThatIsNone(String peer) throws QmpException {
        pinned.renew();

        assertThatThrownBy(() -> agree(peer)).isInstanceOf(QmpException.class)
                .hasMessageContaining("expects the SHA-256 of a certificate");
        assertThat(pinned.agreed()).isEmpty();
    }

    @Test
    void needsSomethingToShow() {
        assertThatThrownBy(() -> agree(PEER)).isInstanceOf(QmpException.class)
                .hasMessageStartingWith("This end has no certificate to show");
    }

    @Test
    void holdsWhilePostcopyIsPausedAndRecovered() throws QmpException {
        pinned.renew();
        agree(PEER);

        migration.accept(MigrationStatus.SETUP);
        migration.accept(MigrationStatus.POSTCOPY_ACTIVE);
        migration.accept(MigrationStatus.POSTCOPY_PAUSED);
        migration.accept(MigrationStatus.POSTCOPY_RECOVER);

        assertThat(pinned.agreed()).isPresent();
    }

    @ParameterizedTest
    @EnumSource(value = MigrationStatus.class, names = {"COMPLETED", "FAILED", "CANCELLED"})
    void isForgottenWhenTheMigrationHasEnded(MigrationStatus end) throws QmpException {
        pinned.renew();
        agree(PEER);

        migration.accept(end);

        assertThat(pinned.agreed()).isEmpty();
        assertThatThrownBy(() -> agree(PEER)).isInstanceOf(QmpException.class);
    }
}
