package io.godwit.protocol.qapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The words of the schema, from QEMU 10.0.2's query-qmp-schema. */
class QapiEnumTest {

    private static String words(EnumType<?> type) {
        List<? extends QapiEnum> values = type.values();
        return values.stream().map(QapiEnum::qapiName).collect(Collectors.joining(" "));
    }

    @Test
    void spellsEveryWordAsTheSchemaDoes() {
        assertThat(words(MigrationCapability.TYPE)).isEqualTo("xbzrle rdma-pin-all auto-converge zero-blocks events "
                + "postcopy-ram x-colo release-ram return-path pause-before-switchover multifd dirty-bitmaps "
                + "postcopy-blocktime late-block-activate x-ignore-shared validate-uuid background-snapshot "
                + "zero-copy-send postcopy-preempt switchover-ack dirty-limit mapped-ram");
        assertThat(words(MigrationStatus.TYPE)).isEqualTo("none setup cancelling cancelled active postcopy-active "
                + "postcopy-paused postcopy-recover-setup postcopy-recover completed failed colo pre-switchover device "
                + "wait-unplug");
        assertThat(words(RunState.TYPE)).isEqualTo("debug inmigrate internal-error io-error paused postmigrate "
                + "prelaunch finish-migrate restore-vm running save-vm shutdown suspended watchdog guest-panicked colo");
        assertThat(words(MultiFDCompression.TYPE)).isEqualTo("none zlib zstd");
        assertThat(words(MigMode.TYPE)).isEqualTo("normal cpr-reboot cpr-transfer");
        assertThat(words(ZeroPageDetection.TYPE)).isEqualTo("none legacy multifd");
        assertThat(words(MigrationChannelType.TYPE)).isEqualTo("main cpr");
        assertThat(words(MigrationAddressType.TYPE)).isEqualTo("socket exec rdma file");
        assertThat(words(SocketAddressType.TYPE)).isEqualTo("inet unix vsock fd");
        assertThat(words(DirtyRateMeasureMode.TYPE)).isEqualTo("page-sampling dirty-ring dirty-bitmap");
        assertThat(words(DirtyRateStatus.TYPE)).isEqualTo("unstarted measuring measured");
        assertThat(words(TimeUnit.TYPE)).isEqualTo("second millisecond");
        assertThat(words(QMPCapability.TYPE)).isEqualTo("oob");
        assertThat(words(YankInstanceType.TYPE)).isEqualTo("block-node chardev migration");
    }

    @Test
    void listsAllCapabilitiesOnOrOff() {
        var list = MigrationCapabilities.NONE.with(MigrationCapability.EVENTS, true).toJson();
        assertThat(list).hasSize(22);
        assertThat(list.get(4)).hasToString("{\"capability\":\"events\",\"state\":true}");
        assertThat(list.get(0)).hasToString("{\"capability\":\"xbzrle\",\"state\":false}");
    }
}
