package io.godwit.engine.postcopy;

import io.godwit.engine.channel.Abort;
import io.godwit.engine.channel.Channel;
import io.godwit.engine.migration.TransferCounters;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The capability postcopy-preempt: pages that were asked for go over a connection of their own, where nothing stands before
 * them. Owns the channel and a thread ({@code postcopy-preempt}), which sends what it finds among the requests until they are
 * closed. Only what somebody waits for goes here: a destination that waits for nothing more closes this connection when the main
 * one has ended, and does not look at what may still be on its way.
 *
 * <pre>
 * RAM records, the first with its block's name; neither sections nor an end
 * </pre>
 */
final class PreemptChannel implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PreemptChannel.class);

    private final Channel channel;
    private final Thread thread;

    /**
     * Takes ownership of {@code channel}.
     *
     * @param followed hears of each request that was answered, so that its neighbours follow on the main channel
     * @param lost called when the channel breaks
     */
    PreemptChannel(Channel channel, OwedPages owed, PageRequests requests, PushOrder order, Abort abort,
            TransferCounters counters, PageRequests followed, Runnable lost) {
        this.channel = channel;
        thread = Thread.ofPlatform().name("postcopy-preempt").daemon().start(() -> {
            try (var pages = new PageChannel(channel, owed.blocks(), abort, counters)) {
                serve(owed, requests, order, pages, counters, followed);
            } catch (IOException | RuntimeException e) {
                LOG.warn("the connection for requested pages broke: {}", e.getMessage());
                lost.run();
            }
        });
    }

    private static void serve(OwedPages owed, PageRequests requests, PushOrder order, PageChannel pages,
            TransferCounters counters, PageRequests followed) throws IOException {
        var request = new PageRun();
        var run = new PageRun();
        while (requests.awaitOne(Long.MAX_VALUE)) {
            while (requests.poll(request)) {
                long from = request.first();
                while (owed.takeRequested(request, from, run)) {
                    order.asked(run);
                    pages.putRequested(run);
                    from = run.end();
                }
                if (pages.flush() > 0) { // else it is on its way
                    counters.postcopyRequestServed(request.nanosSinceAsked());
                }
                followed.offer(request);
            }
            requests.answered();
        }
    }

    /** Ends the channel's traffic. Any thread, until {@link #close}. */
    void shutdown() {
        channel.shutdown();
    }

    /** Only when the requests have been closed. */
    @Override
    public void close() {
        channel.shutdown();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        channel.close();
    }
}
