package io.godwit.daemon.localhost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class GuestMemoryMapTest {

    private static final String PRINTED = """
                          Block Name    PSize              Offset               Used              Total                HVA  RO
                              pc.ram    2 MiB  0x0000000000000000 0x0000000010000000 0x0000000010000000 0x00007f7f53fff000  rw
                /rom@etc/acpi/tables    4 KiB  0x0000000011100000 0x0000000000020000 0x0000000000200000 0x00007f7f53800000  ro
            """
            .replace("\n", "\r\n");

    @Test
    void readsNamesSizesAndPlaces() throws IOException {
        assertThat(GuestMemoryMap.parse(PRINTED).blocks()).containsExactly(
                new GuestMemoryMap.Block("pc.ram", 2 << 20, 0x10000000, 0x7f7f53fff000L),
                new GuestMemoryMap.Block("/rom@etc/acpi/tables", 4096, 0x20000, 0x7f7f53800000L));
    }

    @Test
    void findsWhatIsAskedForAndNothingBesideIt() throws IOException {
        var map = GuestMemoryMap.parse(PRINTED);
        assertThat(map.address("pc.ram", 0xffff000, 4096)).isEqualTo(0x7f7f53fff000L + 0xffff000);
        assertThatThrownBy(() -> map.address("pc.ram", 0xffff000, 8192))
                .hasMessage("8192 bytes at 268431360 of RAM block 'pc.ram' were asked for, which has 268435456");
        assertThatThrownBy(() -> map.address("pc.ram", -4096, 4096)).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> map.address("warp", 0, 4096)).isInstanceOf(IOException.class);
    }

    @Test
    void refusesWhatDoesNotTell() {
        assertThatThrownBy(() -> GuestMemoryMap.parse("unknown command: 'info ramblock'\r\n"))
                .hasMessage("'info ramblock' does not tell where the guest's memory is");
    }
}
