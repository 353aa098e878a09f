package io.godwit.engine.switchover;

import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.engine.migration.MigrationState;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
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
 * wire: EOF, VMDESCRIPTION [return path: wait for SHUT]
 * file: EOF, VMDESCRIPTION and sync come before the hand-over, which is the file's getting its name
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
    private final FarEnd farEnd;
    private final DeviceState devices;
    private @Nullable RunState before;

    public Switchover(Source source, StreamOutput out, RateLimit limit, FarEnd farEnd, DeviceState devices) {
        this.source = source;
        this.out = out;
        this.limit = limit;
        this.farEnd = farEnd;
        this.devices = devices;
    }

    /** What is at the other end of {@code channel}. Channel and output are lent. */
    public static FarEnd farEnd(MigrationOptions options, Channel channel, StreamOutput out) {
        return channel.isFile() ? new SnapshotFile(options, channel, out) : new Destination(options, channel, out);
    }

    /** Does all of it; returns when the guest is somebody else's. */
    public void run(LastPass lastPass) throws IOException {
        farEnd.awaitSwitchoverAck();
        RunState was = stopGuest();
        awaitOperator();
        enterDevice();
        limit.lift();
        lastPass.send();
        devices.writeSections(out, was);
        farEnd.awaitLoaded();
        farEnd.handOver(devices, source.handOver());
        source.clock().guestRuns();
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

    /** After a failure: the guest is again what it was before {@link #run}, unless it may run at the destination. */
    public void takeBack() {
        if (before != null) {
            source.run().takeBack(before);
            before = null;
        }
    }
}
