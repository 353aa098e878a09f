package io.godwit.engine.guest;

import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.DeviceStateReader;
import io.godwit.protocol.stream.DeviceStateWriter;
import io.godwit.protocol.stream.MalformedStreamException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * QEMU's {@code globalstate} section: what the guest's run state was at the source, so that a paused guest arrives paused.
 *
 * <pre>
 * be32 strlen + 1, 32 bytes name, u8 has_vm_was_suspended, u8 vm_was_suspended, 66 bytes zero
 * </pre>
 */
public final class GlobalState implements Device {
    private static final int NAME_BYTES = 32;
    private static final int RESERVED_BYTES = 66;

    private RunState runState;

    /** @param runState what to save; what was loaded replaces it */
    public GlobalState(RunState runState) {
        this.runState = runState;
    }

    public RunState runState() {
        return runState;
    }

    @Override
    public String name() {
        return "globalstate";
    }

    @Override
    public void save(DeviceStateWriter out) {
        out.u32("size", runState.qapiName().length() + 1);
        out.text("runstate", runState.qapiName(), NAME_BYTES);
        out.u8("has_vm_was_suspended", 0).u8("vm_was_suspended", 0);
        out.buffer("unused", new byte[RESERVED_BYTES]);
    }

    @Override
    public void load(DeviceStateReader in, int version) throws IOException {
        in.u32("size");
        String name = new String(in.buffer("runstate", NAME_BYTES), StandardCharsets.US_ASCII).replaceAll("\0.*", "");
        in.u8("has_vm_was_suspended");
        in.u8("vm_was_suspended");
        in.buffer("unused", RESERVED_BYTES);
        runState = Arrays.stream(RunState.values())
                .filter(state -> state.qapiName().equals(name))
                .findFirst()
                .filter(GlobalState::canArrive)
                .orElseThrow(() -> new MalformedStreamException("the guest's run state at the source is '" + name
                        + "', expected running, paused, prelaunch or the like"));
    }

    private static boolean canArrive(RunState state) {
        return switch (state) {
            case RUNNING, PAUSED, PRELAUNCH, POSTMIGRATE, SHUTDOWN, SUSPENDED, WATCHDOG, IO_ERROR, INTERNAL_ERROR,
                    GUEST_PANICKED, DEBUG ->
                true;
            case INMIGRATE, FINISH_MIGRATE, RESTORE_VM, SAVE_VM, COLO -> false;
        };
    }
}
