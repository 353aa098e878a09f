package io.godwit.protocol.qapi;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.protocol.qapi.HeldGuestInfo.Block;
import io.godwit.protocol.qapi.HeldGuestInfo.DeviceSection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class HeldGuestInfoTest {

    @Test
    void answersAllThatIsHeld() {
        var info = new HeldGuestInfo("pc-i440fx-10.0",
                Optional.of(UUID.fromString("550e8400-e29b-41d4-a716-446655440000")), Optional.of("running"),
                List.of(new Block("pc.ram", 134217728, 5000), new Block("/rom@etc/acpi/tables", 131072, 0)),
                List.of(new DeviceSection("timer", 0, 2, 24), new DeviceSection("0000:00:01.3/piix4_pm", 1, 3, 512)));
        assertThat(info.toJson()).hasToString("{\"machine-type\":\"pc-i440fx-10.0\","
                + "\"uuid\":\"550e8400-e29b-41d4-a716-446655440000\",\"run-state\":\"running\",\"ram\":134348800,"
                + "\"blocks\":[{\"name\":\"pc.ram\",\"size\":134217728,\"present-pages\":5000},"
                + "{\"name\":\"/rom@etc/acpi/tables\",\"size\":131072,\"present-pages\":0}],"
                + "\"devices\":[{\"name\":\"timer\",\"instance-id\":0,\"version\":2,\"size\":24},"
                + "{\"name\":\"0000:00:01.3/piix4_pm\",\"instance-id\":1,\"version\":3,\"size\":512}]}");
    }

    @Test
    void leavesOutWhatTheStreamDidNotSay() {
        var info = new HeldGuestInfo("none", Optional.empty(), Optional.empty(), List.of(), List.of());
        assertThat(info.toJson())
                .hasToString("{\"machine-type\":\"none\",\"ram\":0,\"blocks\":[],\"devices\":[]}");
    }

    @Test
    void readsInstancesAndVersionsUnsigned() {
        var info = new HeldGuestInfo("none", Optional.empty(), Optional.empty(), List.of(),
                List.of(new DeviceSection("odd", -1, 0x80000000, 0)));
        assertThat(info.toJson().path("devices").toString())
                .isEqualTo("[{\"name\":\"odd\",\"instance-id\":4294967295,\"version\":2147483648,\"size\":0}]");
    }
}
