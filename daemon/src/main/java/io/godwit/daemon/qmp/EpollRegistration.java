package io.godwit.daemon.qmp;

import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.epoll.EpollIoHandle;
import io.netty.channel.epoll.EpollIoOps;
import org.jspecify.annotations.Nullable;

/** A channel's entry in its event loop's epoll set, and what it waits for there. Used on the event loop. */
final class EpollRegistration {
    private @Nullable IoRegistration registration;
    private EpollIoOps interest;

    EpollRegistration(EpollIoOps initialInterest) {
        interest = initialInterest;
    }

    static boolean fits(EventLoop loop) {
        return loop instanceof IoEventLoop io && io.isCompatible(EpollIoHandle.class);
    }

    void register(Channel channel, EpollIoHandle handle, ChannelPromise promise) {
        ((IoEventLoop) channel.eventLoop()).register(handle).addListener(future -> {
            if (future.isSuccess()) {
                IoRegistration made = (IoRegistration) future.getNow();
                registration = made;
                made.submit(interest);
                promise.setSuccess();
            } else {
                promise.setFailure(future.cause());
            }
        });
    }

    boolean waitsFor(EpollIoOps ops) {
        return interest.contains(ops);
    }

    void add(EpollIoOps ops) {
        change(interest.with(ops));
    }

    void remove(EpollIoOps ops) {
        change(interest.without(ops));
    }

    private void change(EpollIoOps wanted) {
        if (!wanted.equals(interest)) {
            interest = wanted;
            if (registration != null && registration.isValid()) {
                registration.submit(wanted);
            }
        }
    }

    /** Leaves the epoll set: before the descriptor is closed, or its successor's number would be watched. */
    void cancel() {
        if (registration != null) {
            registration.cancel();
        }
    }
}
