package io.godwit.daemon.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.GuestSpec;
import io.godwit.engine.GuestSpec.FreeMemory;
import io.godwit.engine.GuestSpec.Ram;
import io.godwit.engine.GuestSpec.Serial;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DaemonCommandLineTest {

    @Test
    void sealsFilesUnlessToldNotTo() {
        assertThat(guestOf(serve("--accel none")).guest().sealsFiles()).isTrue();
        assertThat(guestOf(serve("--accel none --seal off")).guest().sealsFiles()).isFalse();
        assertThat(parse("--accel none --seal yes"))
                .isEqualTo(new Invocation.Misused("--seal is 'yes', expected on or off"));
    }

    @Test
    void rehearsesUnlessToldNotTo() {
        assertThat(serve("--control unix:/c").rehearses()).isTrue();
        assertThat(serve("--control unix:/c --rehearse off").rehearses()).isFalse();
        assertThat(parse("--rehearse no")).isEqualTo(new Invocation.Misused("--rehearse is 'no', expected on or off"));
    }

    @Test
    void takesQemusDefaultsWhenNothingIsSaid() {
        var options = serve("");

        assertThat(guestOf(options).guest()).isEqualTo(new GuestSpec("", new GuestSpec.Kvm(1, Optional.empty(),
                new Serial.None()), 128L << 20, new Ram.Anonymous(), false, false, Optional.empty(), true));
        assertThat(guestOf(options).monitors()).isEmpty();
        assertThat(guestOf(options).incomingUri()).isEmpty();
        assertThat(options.metrics()).isEmpty();
        assertThat(options.pidfile()).isEmpty();
        assertThat(options.logFormat()).isEqualTo(LogFormat.TEXT);
    }

    @Test
    void takesQemusSingleDashSpelling() {
        var options = serve("-name guest=vm1,debug-threads=on -accel workload -smp 2 -S -m 1G -pidfile /p "
                + "-qmp unix:/s,server=on,wait=off -incoming defer -uuid 550e8400-e29b-41d4-a716-446655440000 -serial none");

        assertThat(guestOf(options).guest().name()).isEqualTo("vm1");
        assertThat(guestOf(options).guest().startPaused()).isTrue();
        assertThat(guestOf(options).guest().incoming()).isTrue();
        assertThat(guestOf(options).guest().memoryBytes()).isEqualTo(1L << 30);
        assertThat(guestOf(options).guest().uuid()).contains(UUID.fromString("550e8400-e29b-41d4-a716-446655440000"));
        assertThat(guestOf(options).guest().kind()).isEqualTo(new GuestSpec.Workload(2, 256L << 20, 1L << 20, 256));
        assertThat(guestOf(options).incomingUri()).isEmpty();
        assertThat(options.pidfile()).contains(Path.of("/p"));
        assertThat(guestOf(options).monitors()).containsExactly(new MonitorAddress.UnixSocket(Path.of("/s"), 0600));
    }

    @Test
    void takesTwoDashes() {
        var options = serve("--accel kvm --m 64 --smp cpus=4 --boot-image /b --serial file:/out --ram memfd "
                + "--metrics [::1]:9090 --log-format json --incoming tcp:0:4444 --S");

        assertThat(guestOf(options).guest()).isEqualTo(new GuestSpec("",
                new GuestSpec.Kvm(4, Optional.of(Path.of("/b")),
                        new Serial.ToFile(Path.of("/out"))),
                64L << 20, new Ram.Memfd(false), true, true, Optional.empty(),
                true));
        assertThat(guestOf(options).incomingUri()).contains("tcp:0:4444");
        assertThat(options.metrics()).contains(InetSocketAddress.createUnresolved("::1", 9090));
        assertThat(options.logFormat()).isEqualTo(LogFormat.JSON);
    }

    @Test
    void servesEveryMonitorInTheOrderGiven() {
        assertThat(guestOf(serve("-qmp unix:/a -qmp fd:3 -qmp unix:/b,,c,mode=0660")).monitors()).containsExactly(
                new MonitorAddress.UnixSocket(Path.of("/a"), 0600), new MonitorAddress.Inherited(3),
                new MonitorAddress.UnixSocket(Path.of("/b,c"), 0660));
    }

    @Test
    void putsInheritedDescriptorsIntoSets() {
        assertThat(guestOf(serve("-add-fd fd=5,set=1,opaque=img -add-fd fd=6,set=1")).descriptors()).containsExactly(
                new InheritedDescriptor(5, 1, Optional.of("img")), new InheritedDescriptor(6, 1, Optional.empty()));
    }

    @Test
    void takesAWorkloadAsDescribed() {
        assertThat(guestOf(serve("-m 64 --workload fill=32M,dirty=2M,rate=0")).guest().kind())
                .isEqualTo(new GuestSpec.Workload(1, 32L << 20, 2L << 20, 0));
        assertThat(guestOf(serve("-m 64 --workload fill=0")).guest().kind())
                .isEqualTo(new GuestSpec.Workload(1, 0, 0, 256));
        assertThat(guestOf(serve("-m 64 --workload fill=4M,disk=/d")).guest().kind())
                .isEqualTo(new GuestSpec.Workload(1, 4L << 20, 1L << 20, 256, Optional.of(Path.of("/d"))));
        assertThat(guestOf(serve("-m 64 --workload fill=8M,dirty=0,rate=0,hog=56M")).guest().kind())
                .isEqualTo(new GuestSpec.Workload(1, 8L << 20, 56L << 20,
                        new FreeMemory(true, true, false, false), 0, 0, Optional.empty()));
        assertThat(guestOf(serve("-m 64 --workload fill=8M,dirty=0,rate=0,hog=56M,hints=off")).guest().kind())
                .isEqualTo(new GuestSpec.Workload(1, 8L << 20, 56L << 20, FreeMemory.SILENT, 0, 0,
                        Optional.empty()));
        assertThat(
                guestOf(serve("-m 64 --workload fill=8M,dirty=0,rate=0,reporting=on,balloon=on,residency=off")).guest()
                        .kind())
                .isEqualTo(new GuestSpec.Workload(1, 8L << 20, 0, new FreeMemory(false, false, true, true), 0, 0,
                        Optional.empty()));
    }

    @Test
    void takesAHogForTheBuiltInGuest() {
        assertThat(guestOf(serve("--hog 16M")).guest().kind())
                .isEqualTo(new GuestSpec.Kvm(1, Optional.empty(), 16L << 20, new Serial.None()));
    }

    @Test
    void runsAWorkloadWhereThereIsNoKvm() {
        var invocation = new DaemonCommandLine(() -> false, "1").parse("-smp", "3", "-m", "4");

        assertThat(guestOf(((Invocation.Serve) invocation).options()).guest().kind())
                .isEqualTo(new GuestSpec.Workload(3, 1L << 20, 1L << 20, 256));
    }

    @Test
    void saysWhyABootImageCannotRunWhereThereIsNoKvm() {
        assertThat(new DaemonCommandLine(() -> false, "1").parse("--boot-image", "/b")).isEqualTo(
                new Invocation.Misused(
                        "--boot-image needs a kvm guest, got a workload guest because /dev/kvm cannot be used here"));
    }

    @Test
    void holdsAGuestThatIsYetToArriveWhetherOrNotItSaysFromWhere() {
        assertThat(guestOf(serve("--accel none")).guest()).isEqualTo(new GuestSpec("", new GuestSpec.Held(), 128L << 20,
                new Ram.Anonymous(), false, true, Optional.empty(), true));
        assertThat(guestOf(serve("--accel none --incoming defer")).incomingUri()).isEmpty();
        assertThat(guestOf(serve("--accel none --incoming unix:/s")).incomingUri()).contains("unix:/s");
    }

    @Test
    void takesEveryPlaceThatRamCanLiveIn() {
        assertThat(guestOf(serve("--ram anonymous,pagesize=4K")).guest().ram()).isEqualTo(new Ram.Anonymous());
        assertThat(guestOf(serve("--ram memfd,pagesize=4K")).guest().ram()).isEqualTo(new Ram.Memfd(false));
        assertThat(guestOf(serve("-m 4 --ram memfd,pagesize=2M")).guest().ram()).isEqualTo(new Ram.Memfd(true));
        assertThat(guestOf(serve("--accel none -m 4G --ram mapped-ram:/a,,b=c")).guest()).isEqualTo(new GuestSpec("",
                new GuestSpec.Held(), 4L << 30, new Ram.MappedRamFile(Path.of("/a,b=c")), false, true,
                Optional.empty(), true));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            -m 64 --workload fill=32M,hog=33M | --workload has 'hog' of 34603008 bytes, expected at most what 'fill' leaves of the memory, 33554432
            --workload balloon=1M            | --workload has 'balloon' of '1M', expected on or off
            --workload hog=1M,hints=maybe    | --workload has 'hints' of 'maybe', expected on or off
            --hog 1M --boot-image /b         | --hog needs the built-in guest, got --boot-image
            --hog 1M --accel workload        | --hog needs a kvm guest, got a workload guest: expected --workload hog=SIZE
            -m 0                             | -m is 0 bytes, expected from 1 MiB to 1 TiB
            -m 1023K                         | -m is 1047552 bytes, expected from 1 MiB to 1 TiB
            -m 1025G                         | -m is 1100585369600 bytes, expected from 1 MiB to 1 TiB
            -m 1048577B                      | -m is 1048577 bytes, expected whole pages of 4096 bytes
            -m lots                          | -m is 'lots', expected a size such as 512, 512M or 2G (a plain number is MiB)
            -m 1e3                           | -m is '1e3', expected a size such as 512, 512M or 2G (a plain number is MiB)
            -smp 0                           | --smp is 0, expected a whole number from 1 to 16
            -smp 17                          | --smp is 17, expected a whole number from 1 to 16
            -smp two                         | --smp is 'two', expected a whole number from 1 to 16
            -accel tcg                       | --accel is 'tcg', expected kvm, workload or none
            --accel none -smp 1              | --smp needs a guest that runs here, got --accel none
            --accel none --boot-image /b     | --boot-image needs a guest that runs here, got --accel none
            --accel none --workload fill=1M  | --workload needs a guest that runs here, got --accel none
            --accel none --serial none       | --serial needs a guest that runs here, got --accel none
            --accel none --ram memfd         | --ram memfd needs a guest that runs here, got --accel none: expected anonymous or mapped-ram:FILE
            --accel none --ram memfd,pagesize=2M | --ram memfd needs a guest that runs here, got --accel none: expected anonymous or mapped-ram:FILE
            --ram hugetlb                    | --ram is 'hugetlb', expected anonymous, memfd or mapped-ram:FILE
            --ram memfd,pagesize=1G          | --ram has 'pagesize=1G', expected 4K or 2M
            --ram memfd,pagesize             | --ram has 'pagesize=on', expected 4K or 2M
            --ram memfd,share=on             | --ram has 'share', expected only kind, pagesize
            --ram anonymous,pagesize=2M      | --ram is anonymous with pages of 2M, expected memfd for pages of 2M
            -m 3 --ram memfd,pagesize=2M     | -m is 3145728 bytes, expected whole pages of 2097152 bytes, as --ram asks for
            --ram mapped-ram:/f              | --ram mapped-ram:FILE needs --accel none, got a guest that runs here
            --accel none --ram mapped-ram:   | --ram is 'mapped-ram:', expected anonymous, memfd or mapped-ram:FILE
            --accel none --ram mapped-ram:/f,pagesize=4K | --ram has 'pagesize' for a mapped-ram file, expected it for memfd only
            --serial pty                     | --serial is 'pty', expected none, stdio, file:PATH or unix:PATH
            --serial unix:/s,wait=on         | --serial has 'wait=on', expected 'wait=off'
            --qmp tcp:0:1                    | --qmp is 'tcp:0:1', expected unix:PATH[,server=on,wait=off][,mode=0660] or fd:N
            --qmp unix:                      | --qmp lacks 'path='
            --qmp unix:/s,server=off         | --qmp has 'server=off', expected 'server=on'
            --qmp unix:/s,mode=9             | --qmp has 'mode=9', expected three octal digits such as 0660
            --qmp unix:/s,colour=red         | --qmp has 'colour', expected only path, server, wait, mode
            --qmp unix:/s,mode=0600,mode=0600 | --qmp has 'mode' twice
            --qmp fd:x                       | --qmp is 'x', expected a whole number from 0 to 1048576
            -add-fd fd=2,set=1               | --add-fd is 2, expected a whole number from 3 to 1048576
            -add-fd fd=4                     | --add-fd lacks 'set='
            --workload fill=256M             | --workload has 'fill' of 268435456 bytes, expected at most the memory, 134217728
            --workload fill=1M,dirty=2M      | --workload has 'dirty' of 2097152 bytes, expected at most 'fill', 1048576
            --workload rate=fast             | --workload is 'fast', expected a whole number from 0 to 1000000000
            --accel kvm --workload fill=1M   | --workload needs --accel workload, got --accel kvm
            --accel workload --serial stdio  | --serial needs a kvm guest, got a workload guest
            --metrics 9090                   | --metrics is '9090', expected HOST:PORT such as 127.0.0.1:9090 or [::1]:9090
            --metrics h:70000                | --metrics is 70000, expected a whole number from 0 to 65535
            --log-format xml                 | --log-format is 'xml', expected text or json
            -uuid 1-2-3-4-5                  | --uuid is '1-2-3-4-5', expected a UUID such as 550e8400-e29b-41d4-a716-446655440000
            --control tcp:c                  | --control is 'tcp:c', expected unix:PATH[,server=on,wait=off][,mode=0660] or fd:N
            --allow pid=1                    | --allow has 'pid', expected only uid, gid
            --qemu /q                        | --qemu is '/q', expected unix:PATH
            --block-qmp tcp:h:1              | --block-qmp is 'tcp:h:1', expected unix:PATH
            --qemu unix:/q -m 64             | -m needs a guest of godwitd's own, got --qemu
            --qemu unix:/q --block-qmp unix:/b | --block-qmp needs a guest of godwitd's own, got --qemu
            --qemu unix:/q --restores /r     | --restores needs a guest of godwitd's own, got --qemu
            --warp 9                         | Unknown options: '--warp', '9'
            disk.img                         | Unmatched argument at index 0: 'disk.img'
            """)
    void refusesWithWhatItGotAndWhatItExpected(String arguments, String sentence) {
        assertThat(parse(arguments)).isEqualTo(new Invocation.Misused(sentence));
    }

    @Test
    void refusesASocketPathThatTheKernelCannotHold() {
        assertThat(parse("--qmp unix:/" + "x".repeat(107))).isEqualTo(
                new Invocation.Misused("--qmp has a socket path of 108 bytes, expected 1 to 107"));
    }

    @Test
    void refusesAnOptionGivenTwice() {
        assertThat(parse("-m 64 -m 65")).isInstanceOf(Invocation.Misused.class);
    }

    @Test
    void listsEveryOptionOfThisVersionInItsHelpAndNoneOfALaterOne() {
        var help = ((Invocation.Print) parse("--help")).text();

        assertThat(help).contains("--qmp", "--name", "-m", "--smp", "--accel", "--boot-image", "--workload", "--ram",
                "--serial", "--incoming", "-S", "--uuid", "--add-fd", "--metrics", "--pidfile", "--log-format",
                "--rehearse", "--version", "--help");
        assertThat(help).contains("--control");
    }

    @Test
    void printsItsVersion() {
        assertThat(parse("--version")).isEqualTo(new Invocation.Print("godwitd 1.2.3" + System.lineSeparator()));
    }

    @Test
    void hasNoGuestAtFirstWhereGuestsAreAddedByAControlMonitor() {
        var options = serve("--control unix:/c --allow uid=0 --allow uid=5,gid=7");

        assertThat(options.guest()).isEmpty();
        assertThat(options.control()).contains(new MonitorAddress.UnixSocket(Path.of("/c"), 0600));
        assertThat(options.allowed().allows(0, 9)).isTrue();
        assertThat(options.allowed().allows(5, 7)).isTrue();
        assertThat(options.allowed().allows(5, 8)).isFalse();
        assertThat(serve("--control unix:/c --qmp unix:/q").guest()).isPresent();
        assertThat(serve("").allowed().allows(1, 1)).isTrue();
        assertThat(parse("--control unix:/c -m 1G"))
                .isEqualTo(new Invocation.Misused("-m needs a guest with a monitor: expected --qmp beside --control"));
    }

    private static GuestSetup guestOf(DaemonOptions options) {
        return options.guest().orElseThrow();
    }

    private static DaemonOptions serve(String arguments) {
        var invocation = parse(arguments);
        assertThat(invocation).isInstanceOf(Invocation.Serve.class);
        return ((Invocation.Serve) invocation).options();
    }

    private static Invocation parse(String arguments) {
        return new DaemonCommandLine(() -> true, "1.2.3")
                .parse(Arrays.stream(arguments.split(" ")).filter(word -> !word.isEmpty()).toArray(String[]::new));
    }
}
