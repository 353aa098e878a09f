package io.godwit.protocol.qapi;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qmp.QmpException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CapabilityRulesTest {

    private static MigrationCapabilities set(String words) {
        var result = MigrationCapabilities.NONE;
        for (String word : words.split(" ", -1)) {
            result = result.with(MigrationCapability.valueOf(word.replace('-', '_').toUpperCase(java.util.Locale.ROOT)),
                    true);
        }
        return result;
    }

    private static MigrationParameters zlib() throws QmpException {
        return MigrationParameters.DEFAULTS.with(new MigrateSetParametersArguments(
                Map.of(MigrationParameter.MULTIFD_COMPRESSION, MultiFDCompression.ZLIB)));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            multifd xbzrle                         | Multifd is not compatible with xbzrle
            postcopy-ram multifd                   | Postcopy is not yet compatible with multifd
            postcopy-ram x-ignore-shared           | Postcopy is not compatible with ignore-shared
            postcopy-ram multifd x-ignore-shared   | Postcopy is not compatible with ignore-shared
            mapped-ram xbzrle                      | Mapped-ram migration is incompatible with xbzrle
            mapped-ram postcopy-ram                | Mapped-ram migration is incompatible with postcopy
            mapped-ram multifd xbzrle              | Multifd is not compatible with xbzrle
            postcopy-preempt                       | Postcopy preempt requires postcopy-ram
            postcopy-preempt switchover-ack        | Postcopy preempt requires postcopy-ram
            switchover-ack                         | Capability 'switchover-ack' requires capability 'return-path'
            switchover-ack dirty-limit             | Capability 'switchover-ack' requires capability 'return-path'
            zero-copy-send                         | Zero copy only available for non-compressed non-TLS multifd migration
            zero-copy-send multifd xbzrle          | Zero copy only available for non-compressed non-TLS multifd migration
            dirty-limit                            | dirty-limit requires KVM with accelerator property 'dirty-ring-size' set
            dirty-limit auto-converge              | dirty-limit conflicts with auto-converge either of then available currently
            background-snapshot multifd xbzrle     | Background-snapshot is not compatible with multifd
            background-snapshot mapped-ram return-path | Background-snapshot is not compatible with return-path
            background-snapshot mapped-ram multifd xbzrle | Background-snapshot is not compatible with xbzrle
            background-snapshot validate-uuid      | Background-snapshot is not compatible with validate-uuid
            background-snapshot postcopy-ram xbzrle | Background-snapshot is not compatible with postcopy-ram
            """)
    void refusesWhatDoesNotGoTogether(String words, String text) {
        assertThatThrownBy(() -> CapabilityRules.check(set(words), MigrationParameters.DEFAULTS))
                .isInstanceOf(QmpException.class).hasMessage(text);
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = {"POSTCOPY_PREEMPT", "SWITCHOVER_ACK", "ZERO_COPY_SEND",
            "DIRTY_LIMIT"})
    void allowsTheOthersAlone(MigrationCapability capability) {
        assertThatCode(() -> CapabilityRules.check(MigrationCapabilities.NONE.with(capability, true),
                MigrationParameters.DEFAULTS)).doesNotThrowAnyException();
    }

    @Test
    void allowsWhatLibvirtAsksFor() {
        assertThatCode(() -> CapabilityRules.check(set("pause-before-switchover return-path switchover-ack events"),
                MigrationParameters.DEFAULTS)).doesNotThrowAnyException();
        assertThatCode(() -> CapabilityRules.check(set("zero-copy-send multifd"), MigrationParameters.DEFAULTS))
                .doesNotThrowAnyException();
    }

    @Test
    void allowsABackgroundSnapshotIntoAFileByParallelChannels() {
        assertThatCode(() -> CapabilityRules.check(set("background-snapshot mapped-ram multifd"),
                MigrationParameters.DEFAULTS)).doesNotThrowAnyException();
    }

    @Test
    void holdsCompressionAgainstZeroCopyAndMappedRam() throws QmpException {
        var zlib = zlib();
        assertThatThrownBy(() -> CapabilityRules.check(set("zero-copy-send multifd"), zlib))
                .hasMessageStartingWith("Zero copy only");
        assertThatThrownBy(() -> CapabilityRules.checkParameters(zlib, set("mapped-ram")))
                .hasMessage("Mapped-ram only available for non-compressed non-TLS multifd migration");
        assertThatThrownBy(() -> CapabilityRules.checkParameters(zlib, set("multifd zero-copy-send")))
                .hasMessageStartingWith("Zero copy only");
        assertThatCode(() -> CapabilityRules.checkParameters(zlib, set("multifd"))).doesNotThrowAnyException();
    }
}
