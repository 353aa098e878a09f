package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpInput;
import io.godwit.protocol.qmp.QmpRequest;
import io.godwit.protocol.qmp.QmpVersion;
import io.godwit.protocol.qmp.QmpWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a client.
 *
 * <pre>
 * bytes -> RequestReader -> queue (at most 8) -> command thread -> reply
 *                  \-> out-of-band ------------> its own thread -> reply
 * </pre>
 *
 * Reading, queueing and the descriptor slot live on the event loop; commands never run there. Whoever has something to
 * say hands it to the channel, which keeps the order. While the session is in negotiation it takes one request at a
 * time, since what {@code exec-oob} means depends on the answer before it. A client that sends more than
 * {@link RequestRate} allows is not read for a while, and waits.
 */
final class QmpSession extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(QmpSession.class);
    /** As in QEMU: then the client has to wait. */
    private static final int MAX_REQUESTS = 8;
    /** With so much unread by the client no further command is begun. */
    private static final long PATIENCE_BYTES = 1 << 20;
    /** With so much unread by the client it is no client any more. */
    private static final long MAX_UNSENT_BYTES = 16 << 20;

    private final Channel channel;
    private final GuestMonitors monitors;
    private final CommandSet commands;
    private final CommandRunner runner;
    private final RequestReader reader = new RequestReader();
    private final DescriptorSlot slot = new DescriptorSlot();
    private final Deque<Turn> queue = new ArrayDeque<>();
    private final RequestRate rate = new RequestRate(System::nanoTime);
    private final AtomicLong unsent = new AtomicLong();
    private boolean negotiated;
    private boolean outOfBand;
    private boolean inputEnded;
    private boolean ending;
    private boolean finished;
    private boolean commandRuns;
    private int outOfBandRuns;
    /** No request is taken for a while; the loop has been asked to look again. */
    private boolean pauses;
    private boolean slowedBefore;

    QmpSession(Channel channel, GuestMonitors monitors, CommandSet commands) {
        this.channel = channel;
        this.monitors = monitors;
        this.commands = commands;
        this.runner = new CommandRunner(commands, monitors.observer());
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        send(QmpWriter.greeting(QmpVersion.GODWIT));
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        switch (message) {
            case ReceivedDescriptors received -> slot.receive(received.descriptors());
            case ByteBuf bytes -> {
                reader.add(bytes);
                proceed();
            }
            default -> throw new IllegalStateException("a message of " + message.getClass());
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            proceed();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        monitors.leave(this);
        reader.close();
        queue.forEach(turn -> turn.takeDescriptor().ifPresent(Fd::close));
        queue.clear();
        slot.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.info("QMP client dropped: {}", cause.getMessage());
        var _ = context.close(); // closed() tells when
    }

    /** Takes and starts what may be taken and started now; says goodbye when nothing is left to do. */
    private void proceed() {
        if (!channel.isActive() || finished) {
            return;
        }
        boolean over = ending || monitors.isEnding();
        if (!over) {
            takeRequests();
            startNext();
            channel.config().setAutoRead(mayTake());
        }
        boolean answered = !commandRuns && outOfBandRuns == 0;
        if (answered && (over || (inputEnded && reader.isDrained() && queue.isEmpty()))) {
            finished = true;
            channel.config().setAutoRead(false);
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void startNext() {
        if (!commandRuns && !queue.isEmpty() && unsent.get() < PATIENCE_BYTES) {
            commandRuns = true;
            start(queue.remove(), monitors.commandThread());
        }
    }

    private boolean mayTake() {
        return hasRoom() && !pauses;
    }

    private boolean hasRoom() {
        int begun = queue.size() + (commandRuns ? 1 : 0);
        return negotiated ? begun < MAX_REQUESTS && outOfBandRuns < MAX_REQUESTS : begun == 0;
    }

    private void takeRequests() {
        while (mayTake()) {
            if (!rate.allows()) {
                pause();
                return;
            }
            Optional<QmpInput> input = reader.next();
            if (input.isEmpty()) {
                return;
            }
            rate.count();
            QmpRequest request = understand(input.get());
            if (request instanceof QmpRequest.Execute execute && execute.outOfBand()) {
                outOfBandRuns++;
                start(new Turn(request, null), monitors.outOfBandThread());
            } else {
                queue.add(new Turn(request, descriptorFor(request)));
            }
        }
    }

    private void pause() {
        if (!slowedBefore) {
            slowedBefore = true;
            LOG.warn("QMP client slowed: it sends more than {} requests a second", RequestRate.PER_SECOND);
        }
        pauses = true;
        var _ = channel.eventLoop().schedule(() -> {
            pauses = false;
            proceed();
        }, RequestRate.pauseNanos(), TimeUnit.NANOSECONDS);
    }

    private QmpRequest understand(QmpInput input) {
        return switch (input) {
            case QmpInput.Value(var value) -> QmpRequest.of(value, outOfBand);
            case QmpInput.Fault(var text) -> new QmpRequest.Refused(QmpError.generic(text), Optional.empty());
        };
    }

    private @Nullable Fd descriptorFor(QmpRequest request) {
        boolean takes = negotiated && request instanceof QmpRequest.Execute execute
                && commands.takesDescriptor(execute.command());
        return takes ? slot.take() : null;
    }

    private void start(Turn turn, Executor thread) {
        boolean wasNegotiated = negotiated;
        try {
            thread.execute(() -> carryOut(turn, wasNegotiated));
        } catch (RejectedExecutionException e) {
            ended(turn); // the guest's end came first
        }
    }

    private void carryOut(Turn turn, boolean wasNegotiated) {
        try {
            if (!monitors.isEnding()) {
                byte[] answer = runner.answer(turn, wasNegotiated);
                // Before the answer, for whoever has that may ask for the descriptor at once.
                channel.eventLoop().execute(() -> turn.takeDescriptor().ifPresent(slot::giveBack));
                send(answer);
                if (turn.hasNegotiated()) {
                    monitors.join(this);
                }
            }
        } finally {
            channel.eventLoop().execute(() -> ended(turn));
        }
    }

    private void ended(Turn turn) {
        turn.takeDescriptor().ifPresent(slot::giveBack);
        if (turn.isOutOfBand()) {
            outOfBandRuns--;
        } else {
            commandRuns = false;
        }
        if (turn.hasNegotiated()) {
            negotiated = true;
            outOfBand = turn.outOfBandWanted();
        }
        proceed();
    }

    /** Sends a line after all lines before it; from any thread. A client that has stopped reading is dropped. */
    void send(byte[] line) {
        if (unsent.getAndAdd(line.length) > MAX_UNSENT_BYTES) {
            drop("it does not read: " + unsent.get() + " bytes wait for it, at most " + MAX_UNSENT_BYTES
                    + " expected");
            return;
        }
        channel.writeAndFlush(Unpooled.wrappedBuffer(line)).addListener(sent -> {
            if (unsent.addAndGet(-line.length) < PATIENCE_BYTES) {
                proceed();
            }
        });
    }

    /** Ends the connection when the command that runs has been answered and all was sent; from any thread. */
    void finish() {
        channel.eventLoop().execute(() -> {
            ending = true;
            proceed();
        });
    }

    /** Ends the connection at once; from any thread. */
    void drop(String reason) {
        if (channel.isActive()) {
            LOG.warn("QMP client dropped: {}", reason);
        }
        var _ = channel.close(); // closed() tells when
    }

    boolean isClosed() {
        return !channel.isActive();
    }

    ChannelFuture closed() {
        return channel.closeFuture();
    }
}
