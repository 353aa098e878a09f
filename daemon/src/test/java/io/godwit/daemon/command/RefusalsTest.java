package io.godwit.daemon.command;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationParameter;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.MigrationUri;
import io.godwit.protocol.qmp.QmpException;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What a migration is refused for before anything of it is recorded. */
class RefusalsTest {

    @ParameterizedTest
    @EnumSource(value = MigrationCapability.class, names = {"AUTO_CONVERGE", "EVENTS", "RETURN_PATH",
            "PAUSE_BEFORE_SWITCHOVER", "VALIDATE_UUID", "SWITCHOVER_ACK", "LATE_BLOCK_ACTIVATE", "DIRTY_BITMAPS",
            "RDMA_PIN_ALL", "ZERO_BLOCKS", "MAPPED_RAM", "XBZRLE", "POSTCOPY_BLOCKTIME"})
    void migratesBothWaysWithTheCapabilitiesThatAreBuilt(MigrationCapability capability) {
        assertThatCode(() -> NotBuiltYet.checkSending(only(capability), MigrationParameters.DEFAULTS))
                .doesNotThrowAnyException();
        assertThatCode(() -> NotBuiltYet.checkReceiving(only(capability), MigrationParameters.DEFAULTS))
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @EnumSource(value = MigrationCapability.class, mode = EnumSource.Mode.EXCLUDE, names = {"AUTO_CONVERGE", "EVENTS",
            "RETURN_PATH", "PAUSE_BEFORE_SWITCHOVER", "VALIDATE_UUID", "SWITCHOVER_ACK", "LATE_BLOCK_ACTIVATE",
            "DIRTY_BITMAPS", "RDMA_PIN_ALL", "ZERO_BLOCKS", "MAPPED_RAM", "MULTIFD", "XBZRLE", "X_IGNORE_SHARED",
            "POSTCOPY_RAM", "POSTCOPY_PREEMPT", "POSTCOPY_BLOCKTIME", "BACKGROUND_SNAPSHOT"})
    void sendsWithNoneOfTheOthersAndNamesThem(MigrationCapability capability) {
        assertThatThrownBy(() -> NotBuiltYet.checkSending(only(capability), MigrationParameters.DEFAULTS))
                .isInstanceOf(QmpException.class).hasMessage(missing(capability));
    }

    @ParameterizedTest
    @EnumSource(value = MigrationCapability.class, names = {"X_COLO", "RELEASE_RAM",
            "ZERO_COPY_SEND", "DIRTY_LIMIT"})
    void receivesWithNoneOfThoseThatADestinationTakesPartIn(MigrationCapability capability) {
        assertThatThrownBy(() -> NotBuiltYet.checkReceiving(only(capability), MigrationParameters.DEFAULTS))
                .isInstanceOf(QmpException.class).hasMessage(missing(capability));
    }

    @Test
    void loadsLazilyThroughThePageCacheOnly() throws QmpException {
        var direct = MigrationParameters.DEFAULTS.with(
                new MigrateSetParametersArguments(Map.of(MigrationParameter.DIRECT_IO, true)));
        assertThatThrownBy(() -> NotBuiltYet.checkReceiving(MigrationCapabilities.of(
                Set.of(MigrationCapability.MAPPED_RAM, MigrationCapability.POSTCOPY_RAM)), direct))
                .isInstanceOf(QmpException.class)
                .hasMessageContaining("'direct-io' with capability 'postcopy-ram' is not built");
    }

    @ParameterizedTest
    @EnumSource(value = MigrationCapability.class, names = {"POSTCOPY_RAM", "POSTCOPY_PREEMPT"})
    void sendsBeforeItsMemoryWhatIsToRunBeforeItsMemory(MigrationCapability capability) {
        assertThatCode(() -> NotBuiltYet.checkSending(only(capability), MigrationParameters.DEFAULTS))
                .doesNotThrowAnyException();
    }

    @Test
    void ramThatStaysBehindIsRefusedBothWaysWithTheReason() {
        var ignoreShared = only(MigrationCapability.X_IGNORE_SHARED);
        var text = "Capability 'x-ignore-shared' leaves RAM behind in a file of the source's host, and Godwit moves all "
                + "RAM or none; switch it off to migrate";
        assertThatThrownBy(() -> NotBuiltYet.checkSending(ignoreShared, MigrationParameters.DEFAULTS)).hasMessage(text);
        assertThatThrownBy(() -> NotBuiltYet.checkReceiving(ignoreShared, MigrationParameters.DEFAULTS))
                .hasMessage(text);
    }

    private static MigrationCapabilities only(MigrationCapability capability) {
        return MigrationCapabilities.of(EnumSet.of(capability));
    }

    private static String missing(MigrationCapability capability) {
        return "Capability '" + capability.qapiName()
                + "' is not built into Godwit 0.1.0 yet; switch it off to migrate";
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"mode | cpr-reboot | Parameter 'mode' = 'cpr-reboot'",
            "direct-io | true | Parameter 'direct-io' without capability 'mapped-ram'"})
    void refusesParametersThatAskForWhatIsNotBuilt(String name, String value, String expected) throws QmpException {
        var parameters = parameters(name, value);
        assertThatThrownBy(() -> NotBuiltYet.checkSending(MigrationCapabilities.NONE, parameters))
                .isInstanceOf(QmpException.class).hasMessageStartingWith(expected + " is not built");
        assertThatThrownBy(() -> NotBuiltYet.checkReceiving(MigrationCapabilities.NONE, parameters))
                .isInstanceOf(QmpException.class).hasMessageStartingWith(expected + " is not built");
    }

    @Test
    void directIoIsForMappedRamFiles() throws QmpException {
        var direct = parameters("direct-io", "true");
        var mapped = MigrationCapabilities.of(EnumSet.of(MigrationCapability.MAPPED_RAM, MigrationCapability.MULTIFD));
        assertThatCode(() -> NotBuiltYet.checkSending(mapped, direct)).doesNotThrowAnyException();
        assertThatCode(() -> NotBuiltYet.checkReceiving(mapped, direct)).doesNotThrowAnyException();
    }

    @Test
    void multifdIsOfAtMostSixteenChannels() throws QmpException {
        var seventeen = MigrationParameters.DEFAULTS
                .with(MigrateSetParametersArguments.TYPE.parse(Json.object().put("multifd-channels", 17)));
        var text = "Parameter 'multifd-channels' = 17 is not built into Godwit 0.1.0 yet; set it to 16 or less to migrate";
        assertThatThrownBy(() -> NotBuiltYet.checkSending(only(MigrationCapability.MULTIFD), seventeen))
                .hasMessage(text);
        assertThatThrownBy(() -> NotBuiltYet.checkReceiving(only(MigrationCapability.MULTIFD), seventeen))
                .hasMessage(text);
    }

    @Test
    void onlyASourceLooksForZeroPagesAndItAlwaysDoes() throws QmpException {
        var none = parameters("zero-page-detection", "none");
        assertThatThrownBy(() -> NotBuiltYet.checkSending(MigrationCapabilities.NONE, none)).hasMessage(
                "Parameter 'zero-page-detection' = 'none' without packets of multifd is not built into Godwit 0.1.0 yet; set it to 'multifd' to migrate");
        assertThatCode(() -> NotBuiltYet.checkReceiving(MigrationCapabilities.NONE, none)).doesNotThrowAnyException();
        var legacy = parameters("zero-page-detection", "legacy");
        assertThatCode(() -> NotBuiltYet.checkSending(MigrationCapabilities.NONE, legacy)).doesNotThrowAnyException();
    }

    private static MigrationParameters parameters(String name, String value) throws QmpException {
        var arguments = Json.object();
        if (value.equals("true")) {
            arguments.put(name, true);
        } else {
            arguments.put(name, value);
        }
        return MigrationParameters.DEFAULTS.with(MigrateSetParametersArguments.TYPE.parse(arguments));
    }

    @ParameterizedTest
    @CsvSource({"fd:x", "exec:true", "file:/tmp/x"})
    void severalConnectionsNeedASocket(String uri) {
        for (var capability : List.of(MigrationCapability.MULTIFD, MigrationCapability.POSTCOPY_PREEMPT)) {
            assertThatThrownBy(() -> TransportRules.check(MigrationUri.parse(uri), only(capability)))
                    .hasMessage("Migration requires multi-channel URIs (e.g. tcp)");
        }
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
