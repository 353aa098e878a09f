package io.godwit.engine.switchover;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.migration.MigrationOptions;
import io.godwit.protocol.qapi.RunState;
import java.io.IOException;

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
public final class Switchover implements Ending {
    private final Source source;
    private final StreamOutput out;
    private final RateLimit limit;
    private final FarEnd farEnd;
    private final DeviceState devices;
    private final GuestStop stop;

    public Switchover(Source source, StreamOutput out, RateLimit limit, FarEnd farEnd, DeviceState devices) {
        this.source = source;
        this.out = out;
        this.limit = limit;
        this.farEnd = farEnd;
        this.devices = devices;
        stop = new GuestStop(source);
    }

    /** What is at the other end of {@code channel}. Channel and output are lent. */
    public static FarEnd farEnd(MigrationOptions options, Channel channel, StreamOutput out) {
        return channel.isFile() ? new SnapshotFile(options, channel, out) : new Destination(options, channel, out);
    }

    @Override
    public void run(LastPass lastPass) throws IOException {
        farEnd.awaitSwitchoverAck();
        RunState was = stop.enter();
        limit.lift();
        lastPass.list();
        lastPass.send();
        devices.writeSections(out, was);
        farEnd.awaitLoaded();
        farEnd.handOver(devices, source.handOver());
        source.clock().guestRuns();
    }

    @Override
    public void takeBack() {
        stop.takeBack();
    }
}
