package io.godwit.engine.multifd;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RoundMarkTest {

    @ParameterizedTest
    @CsvSource({
            "pc-i440fx-10.0, FLUSH",
            "pc-i440fx-8.1, FLUSH",
            "pc-q35-8.2, FLUSH",
            "pc-q35-11.0, FLUSH",
            "pc-i440fx-8.0, EVERY_EOS",
            "pc-q35-8.0, EVERY_EOS",
            "pc-i440fx-7.2, EVERY_EOS",
            "pc-i440fx-2.12, EVERY_EOS",
            "pc-q35-4.0.1, EVERY_EOS",
    })
    void isFlushFromMachinesOfVersion8Point1On(String machineType, RoundMark expected) {
        assertThat(RoundMark.of(machineType)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"godwit-workload-1", "godwit-kvm-7.0", "isapc", "pc", "microvm", "pc-i440fx-", "pc-i440fx-8",
            "pc-i440fx-8.0-oddity", "pc-i440fx-99999999999.0", "xpc-i440fx-8.0"})
    void isFlushOfAMachineThatHasNoSuchVersion(String machineType) {
        assertThat(RoundMark.of(machineType)).isEqualTo(RoundMark.FLUSH);
    }
}
