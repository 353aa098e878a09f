package io.godwit.engine.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KernelFeaturesTest {
    private static final Path NULL = Path.of("/dev/null");
    private static final Path NOTHING = Path.of("/dev/none");

    @Test
    void namesEachFeatureThatIsMissing() {
        assertThat(KernelFeatures.lacking(EnumSet.complementOf(EnumSet.of(UserfaultFeature.WP_ASYNC))))
                .containsExactly("userfaultfd: UFFD_FEATURE_WP_ASYNC is not supported by this kernel");
        assertThat(KernelFeatures.lacking(Set.of())).hasSize(4);
        assertThat(KernelFeatures.lacking(EnumSet.allOf(UserfaultFeature.class))).isEmpty();
    }

    @Test
    void saysWhenADeviceIsMissing() {
        var features = KernelFeatures.probe(NOTHING, NOTHING, NOTHING);
        assertThat(features.dirtyTracking()).containsExactly(
                "userfaultfd: open '/dev/none': No such file or directory");
        assertThat(features.pagemap()).contains("pagemap: open '/dev/none': No such file or directory");
        assertThat(features.kvm()).contains("kvm: open '/dev/none': No such file or directory");
    }

    @Test
    void saysWhenADeviceIsNotWhatItShouldBe() {
        var features = KernelFeatures.probe(NULL, NULL, NULL);
        assertThat(features.dirtyTracking()).containsExactly(
                "userfaultfd: create a userfaultfd from '/dev/null': Inappropriate ioctl for device");
        assertThat(features.pagemap())
                .contains("pagemap: PAGEMAP_SCAN is not supported by this kernel, Linux 6.7 has it");
        assertThat(features.kvm()).contains("kvm: '/dev/null' has API version -25, 12 expected");
    }
}
