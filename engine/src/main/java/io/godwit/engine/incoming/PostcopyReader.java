package io.godwit.engine.incoming;

import io.godwit.engine.channel.AbortedException;
import io.godwit.engine.channel.StreamInput;
import io.godwit.engine.linux.NativeThread;
import io.godwit.engine.paging.PageSink;
import io.godwit.engine.paging.ReceivedPages;
import io.godwit.protocol.stream.MalformedStreamException;
import io.godwit.protocol.stream.SectionHeader;
import io.godwit.protocol.stream.SectionType;
import io.godwit.protocol.stream.StreamCommand;
import java.io.EOFException;
import java.io.IOException;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads what one link carries in the postcopy phase, and with postcopy-preempt owns the thread {@code postcopy-preempt}, which
 * reads its second connection. Lends the link. One thread.
 */
final class PostcopyReader implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PostcopyReader.class);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(1);

    private final PostcopyLink link;
    private final int section;
    private final ReceivedPages received;
    private final Supplier<PageSink> sinks;
    private final PostcopyRecords.PageCount count;
    private final CommandHandler commands;
    private @Nullable Thread preempt;
    private volatile @Nullable IOException preemptFailure;
    /** Nothing that is needed can come on the second connection any more: it may be cut in the middle of a page. */
    private volatile boolean ending;

    /** Deals with what the source asks in a recovery. */
    @FunctionalInterface
    interface CommandHandler {
        void handle(StreamCommand command, PostcopyReader reader) throws IOException;
    }

    /** @param sinks gives one to each thread that receives */
    PostcopyReader(PostcopyLink link, PostcopyPackage packaged, Supplier<PageSink> sinks,
            PostcopyRecords.PageCount count, CommandHandler commands) {
        this.link = link;
        section = packaged.ramSection();
        received = packaged.received();
        this.sinks = sinks;
        this.count = count;
        this.commands = commands;
    }

    PostcopyLink link() {
        return link;
    }

    /** Reads the second connection too, from here on. */
    void startPreempt(StreamInput in) {
        preempt = Thread.ofPlatform().name("postcopy-preempt").start(() -> readPreempt(in));
    }

    private void readPreempt(StreamInput in) {
        try (PageSink sink = sinks.get()) {
            var records = new PostcopyRecords(in, received, sink, count);
            boolean more = true;
            while (more && !in.atEnd()) {
                more = records.readRecord();
            }
            if (more) {
                preemptLost(new EOFException("the source's second connection has ended before the first"));
            }
        } catch (AbortedException e) {
            LOG.debug("broken off");
        } catch (IOException e) {
            preemptLost(e);
        } catch (RuntimeException | Error e) {
            preemptLost(new IOException("a fault of our own: " + e, e));
        }
    }

    private void preemptLost(IOException reason) {
        if (ending) {
            LOG.debug("nobody waited for what was still to come: {}", reason.getMessage());
            return;
        }
        preemptFailure = reason;
        link.shutDown();
    }

    /** Reads to the stream's end: all pages have come then. Anything else is an exception, and the link is of no use then. */
    void read(BooleanSupplier awaitsPages) throws IOException {
        try {
            readSections();
        } catch (IOException e) {
            IOException first = preemptFailure;
            throw first == null ? e : first;
        }
        awaitPreempt(awaitsPages);
    }

    private void readSections() throws IOException {
        StreamInput in = link.input();
        boolean ended = false;
        try (PageSink sink = sinks.get()) {
            var records = new PostcopyRecords(in, received, sink, count);
            while (true) {
                SectionType type = SectionType.read(in);
                switch (type) {
                    case PART, END -> {
                        readBody(in, records, type, ended);
                        ended = type == SectionType.END;
                    }
                    case COMMAND -> handle(StreamCommand.read(in));
                    case EOF -> {
                        if (!ended) {
                            throw new MalformedStreamException(
                                    "EOF at byte %d, before the END of ram".formatted(in.position()));
                        }
                        return;
                    }
                    case START, FULL, SUBSECTION, VMDESCRIPTION, CONFIGURATION, FOOTER ->
                        throw new MalformedStreamException(
                                "section %s at byte %d is out of place in postcopy".formatted(type, in.position()));
                }
            }
        }
    }

    private void readBody(StreamInput in, PostcopyRecords records, SectionType type, boolean ended)
            throws IOException {
        int id = in.u32();
        if (id != section || ended) {
            throw new MalformedStreamException("%s of section %s at byte %d, which is not open".formatted(type,
                    Integer.toUnsignedString(id), in.position()));
        }
        records.readBody();
        SectionHeader.readFooter(in, id, SectionHeader.RAM);
    }

    private void handle(StreamCommand command) throws IOException {
        switch (command) {
            case StreamCommand.Ping ping -> link.back().answer(ping);
            case StreamCommand.PostcopyResume _,StreamCommand.SendReceivedBitmap _ -> commands.handle(command, this);
            case StreamCommand.SwitchoverStart _,StreamCommand.OpenReturnPath _,StreamCommand.Packaged _,StreamCommand.PostcopyAdvise _,StreamCommand.PostcopyDiscard _,StreamCommand.PostcopyListen _,StreamCommand.PostcopyRun _ ->
                throw new MalformedStreamException("command " + command + " is out of place in postcopy");
        }
    }

    /** The main connection's end may come before the last requested pages do on the other. */
    private void awaitPreempt(BooleanSupplier awaitsPages) throws IOException {
        Thread thread = preempt;
        try {
            while (thread != null && awaitsPages.getAsBoolean() && !thread.join(LOOK_AGAIN)) {
                // It is still at it.
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AbortedException();
        }
        IOException failure = preemptFailure;
        if (failure != null) {
            throw failure;
        }
    }

    /** Ends the second connection and waits for its thread; the link may be closed then. */
    @Override
    public void close() {
        Thread thread = preempt;
        if (thread == null) {
            return;
        }
        ending = true;
        link.shutDownPreempt();
        NativeThread.join(thread);
    }
}
