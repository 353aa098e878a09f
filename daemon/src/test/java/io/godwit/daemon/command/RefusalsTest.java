package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationUri;
import io.godwit.protocol.qmp.QmpException;
import java.util.EnumSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a migration is refused for before anything of it is recorded. */
class RefusalsTest {

    @ParameterizedTest
    @EnumSource(value = MigrationCapability.class, names = {"AUTO_CONVERGE", "EVENTS", "RETURN_PATH",
            "PAUSE_BEFORE_SWITCHOVER", "VALIDATE_UUID", "SWITCHOVER_ACK", "LATE_BLOCK_ACTIVATE", "DIRTY_BITMAPS",
            "RDMA_PIN_ALL", "ZERO_BLOCKS"})
    void migratesWithTheCapabilitiesThatAreBuilt(MigrationCapability capability) {
        assertThatCode(() -> NotBuiltYet.check(MigrationCapabilities.of(EnumSet.of(capability)),
                MigrationParameters.DEFAULTS)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @EnumSource(value = MigrationCapability.class, mode = EnumSource.Mode.EXCLUDE, names = {"AUTO_CONVERGE", "EVENTS",
            "RETURN_PATH", "PAUSE_BEFORE_SWITCHOVER", "VALIDATE_UUID", "SWITCHOVER_ACK", "LATE_BLOCK_ACTIVATE",
            "DIRTY_BITMAPS", "RDMA_PIN_ALL", "ZERO_BLOCKS"})
    void refusesTheOthersByNameInsteadOfIgnoringThem(MigrationCapability capability) {
        assertThatThrownBy(() -> NotBuiltYet.check(MigrationCapabilities.of(EnumSet.of(capability)),
                MigrationParameters.DEFAULTS)).isInstanceOf(QmpException.class)
                .hasMessage("Capability '" + capability.qapiName()
                        + "' is not built into Godwit 0.1.0 yet; switch it off to migrate");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"mode | cpr-reboot | Parameter 'mode' = 'cpr-reboot'",
            "tls-creds | tls0 | TLS (parameter 'tls-creds')", "direct-io | true | Parameter 'direct-io'"})
    void refusesParametersThatAskForWhatIsNotBuilt(String name, String value, String expected) throws QmpException {
        var arguments = Json.object();
        if (value.equals("true")) {
            arguments.put(name, true);
        } else {
            arguments.put(name, value);
        }
        MigrationParameters parameters = MigrationParameters.DEFAULTS
                .with(MigrateSetParametersArguments.TYPE.parse(arguments));
        assertThatThrownBy(() -> NotBuiltYet.check(MigrationCapabilities.NONE, parameters))
                .isInstanceOf(QmpException.class).hasMessageStartingWith(expected + " is not built");
    }

    @ParameterizedTest
    @CsvSource({"fd:x", "exec:true", "file:/tmp/x"})
    void multifdNeedsASocket(String uri) {
        var multifd = MigrationCapabilities.of(EnumSet.of(MigrationCapability.MULTIFD));
        assertThatThrownBy(() -> TransportRules.check(MigrationUri.parse(uri), multifd))
                .hasMessage("Migration requires multi-channel URIs (e.g. tcp)");
    }

    @ParameterizedTest
    @CsvSource({"tcp:h:1", "unix:/x", "fd:x", "exec:true"})
    void mappedRamNeedsAFile(String uri) {
        var mappedRam = MigrationCapabilities.of(EnumSet.of(MigrationCapability.MAPPED_RAM));
        assertThatThrownBy(() -> TransportRules.check(MigrationUri.parse(uri), mappedRam))
                .hasMessage("Migration requires seekable transport (e.g. file)");
    }

    @Test
    void multifdMayGoToAFileWithMappedRam() {
        var both = MigrationCapabilities.of(EnumSet.of(MigrationCapability.MAPPED_RAM, MigrationCapability.MULTIFD));
        assertThatCode(() -> TransportRules.check(MigrationUri.parse("file:/x"), both)).doesNotThrowAnyException();
    }
}
