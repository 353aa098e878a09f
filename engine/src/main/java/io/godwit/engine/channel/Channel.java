package io.godwit.engine.channel;

import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A byte stream to or from a peer. Owns its descriptor. Reads and writes block their thread, but never beyond an abort;
 * one thread may read while another writes.
 */
public final class Channel implements AutoCloseable {

    /** What the descriptor is, as error texts name it. */
    public enum Kind {
        SOCKET("socket"),
        PIPE("pipe"),
        COMMAND("command"),
        FILE("file");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        static Kind of(FileKind file) {
            return switch (file) {
                case REGULAR, DIRECTORY, BLOCK_DEVICE -> FILE;
                case SOCKET -> SOCKET;
                case FIFO, CHARACTER_DEVICE, ANONYMOUS_INODE -> PIPE;
            };
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(Channel.class);

    /** A staging buffer's worth: more falls out of the cache. TCP's buffers grow by themselves, unless one sets them. */
    private static final int UNIX_BUFFER_BYTES = 1 << 20;

    private final Fd fd;
    private final @Nullable NewFile newFile;
    private final Kind kind;
    private final Abort abort;
    private final Poll readable;
    private final Poll writable;
    private long fileStart;

    /** Takes ownership of {@code fd}, also when it fails; {@code abort} is lent. */
    Channel(Fd fd, Kind kind, Abort abort) throws IOException {
        this(fd, null, kind, abort);
    }

    /** Writes to a file that gets its name by {@link #publish}. Takes ownership of it, also when it fails. */
    Channel(NewFile file, Abort abort) throws IOException {
        this(file.fd(), file, Kind.FILE, abort);
    }

    private Channel(Fd fd, @Nullable NewFile newFile, Kind kind, Abort abort) throws IOException {
        this.fd = fd;
        this.newFile = newFile;
        this.kind = kind;
        this.abort = abort;
        readable = abort.poll();
        writable = abort.poll();
        try {
            configure();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    private void configure() throws IOException {
        if (kind == Kind.SOCKET) {
            if (StreamSocket.localAddress(fd) instanceof StreamAddress.Tcp) {
                StreamSocket.setNoDelay(fd, true); // a switchover's last bytes and their answer must not wait
            } else {
                StreamSocket.setSendBuffer(fd, UNIX_BUFFER_BYTES);
            }
        }
        if (kind == Kind.FILE) {
            fileStart = fd.position();
        } else {
            fd.setNonBlocking(true); // so that a peer who does not read cannot hold us: an abort is polled for beside it
        }
    }

    /** Lent. */
    Fd descriptor() {
        return fd;
    }

    /** Whether bytes can come back on the same descriptor: a return path. */
    public boolean isBidirectional() {
        return kind == Kind.SOCKET;
    }

    /** Whether it leads to a file, in which every place can be reached, and not to a peer. */
    public boolean isFile() {
        return kind == Kind.FILE;
    }

    /**
     * The file it leads to, lent for one piece of work: to be asked for anew for each, because an abort shows here.
     *
     * @throws IOException when it does not lead to a file
     */
    public Fd file() throws IOException {
        abort.check();
        if (kind != Kind.FILE) {
            throw new IOException("a mapped-ram stream needs a file, got a " + kind.word);
        }
        return fd;
    }

    /** Where in the file the stream begins; 0 for a peer. */
    long fileStart() {
        return fileStart;
    }

    /** Waits until everything written is on the file's device. */
    public void sync() throws IOException {
        try {
            if (newFile != null) {
                newFile.sync();
            } else {
                fd.sync();
            }
        } catch (ErrnoException e) {
            throw new IOException("Unable to write to " + kind.word + ": " + e.errno().text(), e);
        }
    }

    /** Gives the file the name it was opened for, in place of what bears it now. Does nothing for one that has its name. */
    public void publish() throws IOException {
        if (newFile != null) {
            newFile.publish();
        }
    }

    /** Reads at least one byte, at most {@code length}; 0 at the end. */
    public long read(MemorySegment buffer, long offset, long length) throws IOException {
        abort.check();
        try {
            long got = fd.read(buffer, offset, length);
            while (got == Fd.WOULD_BLOCK) {
                readable.awaitReadable(fd, Poll.FOREVER);
                abort.check();
                got = fd.read(buffer, offset, length);
            }
            return got;
        } catch (ErrnoException e) {
            throw new IOException("Unable to read from " + kind.word + ": " + e.errno().text(), e);
        }
    }

    /** Writes all of it. */
    public void write(MemorySegment buffer, long offset, long length) throws IOException {
        long done = 0;
        try {
            while (done < length) {
                abort.check();
                long put = fd.write(buffer, offset + done, length - done);
                if (put == Fd.WOULD_BLOCK) {
                    writable.awaitWritable(fd, Poll.FOREVER);
                } else {
                    done += put;
                }
            }
        } catch (ErrnoException e) {
            throw new IOException("Unable to write to " + kind.word + ": " + e.errno().text(), e);
        }
    }

    /**
     * Lets about so many bytes wait in the kernel for a slow peer, and no more: what is written next must not stand behind a
     * long queue. Does nothing for what is not a socket.
     */
    public void keepQueueShort(int bytes) throws IOException {
        if (kind == Kind.SOCKET) {
            if (StreamSocket.localAddress(fd) instanceof StreamAddress.Tcp) {
                StreamSocket.setNotSentLowWater(fd, bytes);
            } else {
                StreamSocket.setSendBuffer(fd, bytes);
            }
        }
    }

    /** Ends both directions of a socket, so that a thread that reads from it comes back with the end. Any thread. */
    public void shutdown() {
        shutdown(StreamSocket.Half.BOTH);
    }

    /** As {@link #shutdown}, but what is written still reaches the peer. */
    public void shutdownInput() {
        shutdown(StreamSocket.Half.READ);
    }

    private void shutdown(StreamSocket.Half half) {
        if (kind == Kind.SOCKET) {
            try {
                StreamSocket.shutdown(fd, half);
            } catch (IOException e) {
                LOG.debug("{} is disconnected already: {}", fd, e.getMessage());
            }
        }
    }

    /** No thread may be reading or writing any more. */
    @Override
    public void close() {
        if (newFile != null) {
            newFile.close();
        }
        fd.close();
        readable.close();
        writable.close();
    }
}
