package io.godwit.engine.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import io.godwit.protocol.stream.PackageInput;
import io.godwit.protocol.stream.PackageOutput;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Sections of devices that have to be there, and of one that need not. */
final class DeviceLoaderTest {

    /** Its state is one byte. */
    private static final class OneByte implements Device {
        private final String name;
        private final boolean needed;
        private int value;

        OneByte(String name, boolean needed, int value) {
            this.name = name;
            this.needed = needed;
            this.value = value;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public boolean isNeeded() {
            return needed;
        }

        @Override
        public void save(DeviceStateWriter out) {
            out.u8("value", value);
        }

        @Override
        public void load(DeviceStateReader in, int version) throws IOException {
            value = in.u8("value");
        }
    }

    private final OneByte first = new OneByte("first", true, 0);
    private final OneByte option = new OneByte("option", false, 0);
    private final OneByte last = new OneByte("last", true, 0);

    /** What such devices save, with the global state before it, loaded into the three. */
    private void loadWhat(Device... saved) throws IOException {
        var out = new PackageOutput();
        new DeviceSections(List.of(saved)).writeSections(out, RunState.RUNNING);
        var in = new PackageInput(out.toByteArray());
        var loader = new DeviceLoader(List.of(new GlobalState(RunState.RUNNING), first, option, last));
        while (in.remaining() > 0) {
            assertThat(SectionType.read(in)).isEqualTo(SectionType.FULL);
            loader.load(SectionHeader.read(in), in);
        }
        loader.checkComplete();
    }

    @Test
    void whatIsNotNeededIsLoadedWhereItIsThere() throws IOException {
        loadWhat(new OneByte("first", true, 1), new OneByte("option", true, 2), new OneByte("last", true, 3));
        assertThat(List.of(first.value, option.value, last.value)).containsExactly(1, 2, 3);
    }

    @Test
    void whatIsNotNeededMayBeLeftOut() throws IOException {
        loadWhat(new OneByte("first", true, 1), new OneByte("option", false, 2), new OneByte("last", true, 3));
        assertThat(List.of(first.value, option.value, last.value)).containsExactly(1, 0, 3);
    }

    @Test
    void whatIsNeededMayNot() {
        assertThatThrownBy(() -> loadWhat(new OneByte("first", true, 1), new OneByte("option", true, 2)))
                .isInstanceOf(IncompatibleStreamException.class)
                .hasMessageContaining("the stream has no device section 'last' 0");
        assertThatThrownBy(() -> loadWhat(new OneByte("option", true, 2), new OneByte("last", true, 3)))
                .isInstanceOf(IncompatibleStreamException.class)
                .hasMessageContaining("device section 'option' 0, expected 'first' 0");
    }
}
