package io.godwit.engine.switchover;

import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.Device;
import io.godwit.engine.guest.GlobalState;
import io.godwit.engine.migration.MigrationState;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * The last part of a precopy migration, with the guest standing still.
 *
 * <pre>
 * stop the guest                        from here on: downtime
 * [pre-switchover: wait for the operator]
 * last pass, END of ram
 * device state: FULL sections
 * [return path: PING, wait for its PONG: the destination has loaded it all]
 * ---- hand-over ----                   before: the guest can be taken back; after: only if the destination says it failed
 * EOF, VMDESCRIPTION
 * [return path: wait for SHUT]
 * </pre>
 */
public final class Switchover {

    /** What is still missing of the guest's RAM when it stands still: the last pass and END of ram. */
    @FunctionalInterface
    public interface LastPass {
        void send() throws IOException;
    }

    private final Source source;
    private final StreamOutput out;
    private final RateLimit limit;
    private final @Nullable ReturnPath returnPath;
    private final int firstDeviceSection;
    private @Nullable RunState before;

    public Switchover(Source source, StreamOutput out, RateLimit limit, @Nullable ReturnPath returnPath,
            int firstDeviceSection) {
        this.source = source;
        this.out = out;
        this.limit = limit;
        this.returnPath = returnPath;
        this.firstDeviceSection = firstDeviceSection;
    }

    /** Does all of it; returns when the guest is the destination's. */
    public void run(LastPass lastPass) throws IOException {
        awaitAck();
        RunState was = stopGuest();
        awaitOperator();
        enterDevice();
        limit.lift();
        lastPass.send();
        var devices = new DeviceStateSender(out, firstDeviceSection);
        devices.send(new GlobalState(was));
        for (Device device : source.guest().devices()) {
            devices.send(device);
        }
        awaitLoaded();
        out.flush();
        handOver(devices);
    }

    private void awaitAck() throws IOException {
        if (returnPath != null && source.options().capabilities().has(MigrationCapability.SWITCHOVER_ACK)) {
            out.flush();
            returnPath.awaitSwitchoverAck();
        }
    }

    private RunState stopGuest() {
        source.clock().guestStopped();
        source.counters().guestStops();
        before = source.run().finishMigrate();
        return before;
    }

    private void awaitOperator() throws AbortedException {
        if (!source.options().capabilities().has(MigrationCapability.PAUSE_BEFORE_SWITCHOVER)) {
            return;
        }
        if (source.state().advance(MigrationStatus.ACTIVE, MigrationStatus.PRE_SWITCHOVER)) {
            source.gate().await();
        }
        source.abort().check();
    }

    private void enterDevice() throws IOException {
        MigrationState state = source.state();
        if (!state.advance(MigrationStatus.ACTIVE, MigrationStatus.DEVICE)
                && !state.advance(MigrationStatus.PRE_SWITCHOVER, MigrationStatus.DEVICE)) {
            throw new IOException("cancelled before the switchover");
        }
    }

    /** Whatever the destination cannot load, it finds out before the hand-over, while the guest can still be taken back. */
    private void awaitLoaded() throws IOException {
        if (returnPath != null) {
            new StreamCommand.Ping(ReturnPath.PING_LOADED).write(out);
            out.flush();
            returnPath.awaitLoaded();
        }
    }

    private void handOver(DeviceStateSender devices) throws IOException {
        if (!source.handOver().give()) {
            throw new IOException("cancelled before the hand-over");
        }
        IOException broken = null;
        try {
            out.u8(SectionType.EOF.code());
            devices.description().write(out);
            out.flush();
        } catch (IOException e) {
            broken = e;
        }
        if (returnPath != null) {
            awaitLastWord(returnPath, broken);
        } else if (broken != null) {
            throw broken;
        }
        source.clock().guestRuns();
    }

    /** The destination's word counts, also when the channel broke under ours: it may have said before that it gave up. */
    private static void awaitLastWord(ReturnPath returnPath, @Nullable IOException broken) throws IOException {
        int last;
        try {
            last = returnPath.awaitShut();
        } catch (IOException lost) {
            if (broken == null) {
                throw lost;
            }
            broken.addSuppressed(lost);
            throw broken;
        }
        if (last != 0) {
            throw new DestinationFailedException(last);
        }
    }

    /** After a failure: the guest is again what it was before {@link #run}, unless it may run at the destination. */
    public void takeBack() {
        if (before != null) {
            source.run().takeBack(before);
            before = null;
        }
    }
}
