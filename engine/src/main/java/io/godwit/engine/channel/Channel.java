package io.godwit.engine.channel;

import io.godwit.engine.linux.Digest;
import io.godwit.engine.linux.ErrnoException;
import io.godwit.engine.linux.Fd;
import io.godwit.engine.linux.FileKind;
import io.godwit.engine.linux.IoVector;
import io.godwit.engine.linux.Poll;
import io.godwit.engine.linux.StreamAddress;
import io.godwit.engine.linux.StreamSocket;
import io.godwit.engine.seal.Seal;
import io.godwit.engine.seal.SealedReader;
import io.godwit.engine.seal.Sealing;
import io.godwit.engine.tls.TlsPolicy;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
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
    private final @Nullable SealedReader sealed;
    private long fileStart;
    private @Nullable TlsLink tls;
    private @Nullable Sealing sealing;
    private volatile @Nullable Seal seal;

    /** Takes ownership of {@code fd}, also when it fails; {@code abort} is lent. */
    Channel(Fd fd, Kind kind, Abort abort) throws IOException {
        this(fd, null, null, kind, abort);
    }

    /** Reads a sealed file, and of that no byte that does not match. Takes ownership of both, also when it fails. */
    Channel(Fd file, Seal seal, Abort abort) throws IOException {
        this(file, null, seal, Kind.FILE, abort);
    }

    /** Writes to a file that gets its name by {@link #publish}. Takes ownership of it, also when it fails. */
    Channel(NewFile file, Abort abort) throws IOException {
        this(file.fd(), file, null, Kind.FILE, abort);
    }

    private Channel(Fd fd, @Nullable NewFile newFile, @Nullable Seal seal, Kind kind, Abort abort) throws IOException {
        this.fd = fd;
        this.newFile = newFile;
        this.kind = kind;
        this.abort = abort;
        this.seal = seal;
        sealed = seal == null ? null : new SealedReader(seal, fd);
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

    /**
     * Has all that goes either way secured, if a policy is given: before the first byte, and not beyond an abort.
     *
     * @throws IOException with QEMU's words, when one end does not like the other; to be closed then
     */
    void secure(Optional<TlsPolicy> policy) throws IOException {
        if (policy.isPresent()) {
            tls = TlsLink.establish(fd, abort, readable, writable, policy.get());
        }
    }

    /**
     * Lent; non-blocking unless it is a file. For messages that bytes alone cannot carry.
     *
     * @throws IOException when it is secured, which those would not be
     */
    public Fd descriptor() throws IOException {
        if (tls != null) {
            throw new IOException("descriptors cannot be passed on a TLS connection; clear tls-creds at both sides");
        }
        return fd;
    }

    /** For who only waits for it. */
    Fd waitable() {
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

    /**
     * Has the file sealed when it is whole: whoever writes to it beside the stream notes that in {@link #sealing} from now on.
     * Does nothing for a peer, and for a file that is written in place, where no seal would go along with it.
     */
    public void beginSealing() {
        if (newFile == null || !newFile.canBeSealed()) {
            return;
        }
        if (Digest.isPresent()) {
            sealing = new Sealing(fileStart);
        } else {
            LOG.warn("the file will not be sealed: this host has no libxxhash.so.0 (install libxxhash0)");
        }
    }

    /** What is known of the file that is written; null when it is not to be sealed. */
    public @Nullable Sealing sealing() {
        return sealing;
    }

    /**
     * What the file has to be: of one that is read from its beginning on, of one that is written when it has been sealed; null
     * when it is not sealed. Lent.
     */
    public @Nullable Seal seal() {
        return seal;
    }

    /**
     * All of the file has been written and synced: makes the seal that is to go along with it. A file is worth more than its
     * seal, so that one that cannot be made is a warning.
     */
    public void finishSealing() throws AbortedException {
        Sealing noted = sealing;
        if (noted == null || newFile == null) {
            return;
        }
        abort.check();
        sealing = null;
        try (noted) {
            seal = newFile.seal(noted);
        } catch (IOException e) {
            LOG.warn("the file will not be sealed: {}", e.getMessage());
        }
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
            throw unwritable(e);
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
            if (tls != null) {
                return tls.read(buffer, offset, length);
            }
            if (sealed != null) {
                return readSealed(sealed, buffer, offset, length);
            }
            long got = fd.read(buffer, offset, length);
            while (got == Fd.WOULD_BLOCK) {
                awaitReadable();
                got = fd.read(buffer, offset, length);
            }
            return got;
        } catch (ErrnoException e) {
            throw unreadable(e);
        }
    }

    /** The same into several pieces of memory, which are then fewer. From a peer: no seal is looked at. */
    public long read(IoVector pieces) throws IOException {
        abort.check();
        try {
            if (tls != null) {
                return tls.read(pieces);
            }
            long got = pieces.readFrom(fd);
            while (got == Fd.WOULD_BLOCK) {
                awaitReadable();
                got = pieces.readFrom(fd);
            }
            return got;
        } catch (ErrnoException e) {
            throw unreadable(e);
        }
    }

    private void awaitReadable() throws IOException {
        readable.awaitReadable(fd, Poll.FOREVER);
        abort.check();
    }

    private IOException unreadable(ErrnoException e) {
        return new IOException("Unable to read from " + kind.word + ": " + e.errno().text(), e);
    }

    private long readSealed(SealedReader reader, MemorySegment buffer, long offset, long length) throws IOException {
        long position = fd.position();
        long got = reader.read(buffer, offset, length, position);
        fd.seek(position + got);
        return got;
    }

    /** Reads {@code length} bytes at {@code position} of the file; where the stream is read from does not move. */
    public void readAt(long position, MemorySegment buffer, long offset, long length) throws IOException {
        if (sealed != null) {
            abort.check();
            sealed.readFully(buffer, offset, length, position);
        } else {
            file().preadFully(buffer, offset, length, position);
        }
    }

    /** Writes all of it. */
    public void write(MemorySegment buffer, long offset, long length) throws IOException {
        if (tls != null) {
            tls.write(buffer, offset, length);
            return;
        }
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
            throw unwritable(e);
        }
    }

    /** Writes all of the pieces, with as few system calls as the peer allows. */
    public void write(IoVector pieces) throws IOException {
        if (tls != null) {
            tls.write(pieces);
            return;
        }
        try {
            while (pieces.byteSize() > 0) {
                abort.check();
                if (pieces.writeTo(fd) == Fd.WOULD_BLOCK) {
                    writable.awaitWritable(fd, Poll.FOREVER);
                }
            }
        } catch (ErrnoException e) {
            throw unwritable(e);
        }
    }

    private IOException unwritable(ErrnoException e) {
        return new IOException("Unable to write to " + kind.word + ": " + e.errno().text(), e);
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
        if (tls != null && fd.isOpen()) {
            tls.close();
        }
        fd.close();
        readable.close();
        writable.close();
        if (sealed != null) {
            sealed.close();
        }
        if (sealing != null) {
            sealing.close();
        }
        Seal known = seal;
        if (known != null) {
            known.close();
        }
    }
}
