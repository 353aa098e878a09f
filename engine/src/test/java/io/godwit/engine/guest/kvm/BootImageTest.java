package io.godwit.engine.guest.kvm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BootImageTest {

    @TempDir
    Path directory;

    @SuppressWarnings("NullAway.Init")
    BootImageTest() {}

    @Test
    void committedImageIsWhatTheSourceAssemblesTo() throws Exception {
        Path source = Path.of("src/main/guest/heartbeat.S").toAbsolutePath();
        boolean tools = Files.isExecutable(Path.of("/usr/bin/as")) && Files.isExecutable(Path.of("/usr/bin/ld"));
        assumeTrue(tools || "true".equals(System.getenv("CI")), "as and ld are needed");
        run("as", "--32", source.toString(), "-o", "heartbeat.o");
        run("ld", "-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "heartbeat.o", "-o", "heartbeat.img");
        byte[] assembled = Files.readAllBytes(directory.resolve("heartbeat.img"));
        assertThat(assembled).hasSize(512).endsWith(0x55, 0xaa);
        new Heartbeat(3, 2, 1, 4).patch(assembled);
        assertThat(BootImage.heartbeat(new Heartbeat(3, 2, 1, 4)).bytes()).isEqualTo(assembled);
    }

    private void run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).directory(directory.toFile()).inheritIO().start();
        assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    }

    @ParameterizedTest(name = "RAM of {0} KiB: {1} pages filled, {2} of them dirtied")
    @CsvSource({"1024, 0, 0", "1028, 1, 0", "2048, 128, 32", "65536, 4096, 1024", "1048576, 16384, 4096",
            "8388608, 16384, 4096"})
    void defaultsSuitTheRam(long ramKib, int fill, int set) {
        Heartbeat parameters = Heartbeat.forRam(ramKib << 10);
        assertThat(parameters.fillPages()).isEqualTo(fill);
        assertThat(parameters.setPages()).isEqualTo(set);
        assertThat(parameters.touchesPerTick()).isEqualTo(set == 0 ? 0 : 16);
    }

    @Test
    void parametersSurviveTheImage() throws IOException {
        var parameters = new Heartbeat(9, 8, 7, 6);
        assertThat(Heartbeat.of(BootImage.heartbeat(parameters).bytes())).isEqualTo(parameters);
    }

    @Test
    void contradictoryParametersAreRefused() {
        assertThatThrownBy(() -> new Heartbeat(1, 2, 0, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Heartbeat(1, 0, 1, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new Heartbeat(-1, 0, 0, 0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void imagesOfOneByteToSixtyFourKibibytesAreTaken() throws IOException {
        assertThat(BootImage.of(new byte[64 << 10]).bytes()).hasSize(64 << 10);
        assertThatThrownBy(() -> BootImage.of(new byte[(64 << 10) + 1]))
                .hasMessage("boot image: 65537 bytes, expected 1 to 65536");
        Path empty = Files.createFile(directory.resolve("empty.img"));
        assertThatThrownBy(() -> BootImage.read(empty))
                .hasMessage("boot image '" + empty + "': 0 bytes, expected 1 to 65536");
    }
}
