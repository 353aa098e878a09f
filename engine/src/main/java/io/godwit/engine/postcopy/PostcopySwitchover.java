package io.godwit.engine.postcopy;

import io.godwit.engine.channel.Channel;
import io.godwit.engine.channel.RateLimit;
import io.godwit.engine.channel.StreamOutput;
import io.godwit.engine.guest.DeviceState;
import io.godwit.engine.switchover.Ending;
import io.godwit.engine.switchover.FarEnd;
import io.godwit.engine.switchover.GuestStop;
import io.godwit.engine.switchover.ReturnPath;
import io.godwit.engine.switchover.Source;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.RunState;
import io.godwit.protocol.stream.StreamCommand;
import java.io.IOException;

/**
 * Gives the guest away before all of its RAM has come.
 *
 * <pre>
 * [preempt: second connection, when PONG 1 shows that the first was taken for the first]
 * POSTCOPY_RAM_DISCARD *                what is still to come, and what was never touched: to throw it away can take long
 * PING 4, wait for its PONG
 * stop the guest                        from here on: downtime
 * [pre-switchover: wait for the operator]
 * POSTCOPY_RAM_DISCARD *                what has been written since
 * PING 2, wait for its PONG             the destination has loaded everything so far
 * ---- hand-over ----                   before: the guest can be taken back; after: never
 * the package, pages, ...               {@link PostcopySource}
 * </pre>
 */
public final class PostcopySwitchover implements Ending {
    private final Source source;
    private final PostcopySource postcopy;
    private final Channel channel;
    private final StreamOutput out;
    private final RateLimit limit;
    private final FarEnd farEnd;
    private final DeviceState devices;
    private final GuestStop stop;

    /** Everything is lent. */
    public PostcopySwitchover(Source source, PostcopySource postcopy, Channel channel, StreamOutput out,
            RateLimit limit, FarEnd farEnd, DeviceState devices) {
        this.source = source;
        this.postcopy = postcopy;
        this.channel = channel;
        this.out = out;
        this.limit = limit;
        this.farEnd = farEnd;
        this.devices = devices;
        stop = new GuestStop(source);
    }

    @Override
    public void run(LastPass lastPass) throws IOException {
        ReturnPath returnPath = farEnd.returnPath()
                .orElseThrow(() -> new IllegalStateException("postcopy without a return path"));
        out.flush();
        farEnd.awaitSwitchoverAck();
        returnPath.awaitPong(ReturnPath.PING_OPENED);
        postcopy.connectPreempt();
        var owed = new OwedPages(lastPass.listEarly(), lastPass.everListed());
        Discards.write(owed.missing(), out);
        ping(ReturnPath.PING_DISCARDED_EARLY);
        returnPath.awaitPong(ReturnPath.PING_DISCARDED_EARLY);
        RunState was = stop.enter();
        limit.lift();
        Discards.write(owed.add(lastPass.list()), out);
        ping(ReturnPath.PING_DISCARDED);
        DevicePackage given = DevicePackage.of(devices, was); // meanwhile it throws away
        returnPath.awaitPong(ReturnPath.PING_DISCARDED);
        source.handOver().give(() -> {
            if (!source.state().advance(MigrationStatus.DEVICE, MigrationStatus.POSTCOPY_ACTIVE)) {
                throw new IOException("cancelled before the hand-over");
            }
        });
        postcopy.take(owed, given, devices.ramSectionId(), channel, returnPath);
    }

    private void ping(int value) throws IOException {
        new StreamCommand.Ping(value).write(out);
        out.flush();
    }

    @Override
    public void takeBack() {
        stop.takeBack();
    }
}
