package io.godwit.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.it.fixture.Programs;
import io.godwit.it.fixture.RequiresSystemd;
import io.godwit.it.fixture.Tree;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the Debian package consists of. */
class PackageIT {
    /** Of ten; what is left is what a daemon is for: the network, its two devices, a compiler that writes code. */
    private static final double MOST_EXPOSURE = 2.5;

    private static final Path UNITS = Tree.root().resolve("packaging/systemd");

    @RequiresSystemd
    @ParameterizedTest
    @ValueSource(strings = {"godwitd.service", "godwitd@.service"})
    void exposesLittleByItsUnits(String unit) {
        Programs.Result analysed = Programs.run("systemd-analyze", "security", "--offline=true", "--no-pager",
                UNITS.resolve(unit).toString());

        var level = Pattern.compile("exposure level for \\S+: ([0-9.]+)").matcher(analysed.output());
        assertThat(level.find()).as(analysed.output()).isTrue();
        assertThat(Double.parseDouble(level.group(1))).isLessThanOrEqualTo(MOST_EXPOSURE);
    }
}
