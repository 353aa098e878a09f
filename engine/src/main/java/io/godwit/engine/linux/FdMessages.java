package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.godwit.engine.linux.ffi.Socket;
import io.godwit.engine.linux.ffi.Uio;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Sends and receives bytes with descriptors among them on one unix socket, which stays its owner's. Owns the message
 * header that the kernel fills, and received descriptors until they are taken. One thread at a time.
 *
 * <pre>
 * msghdr -> iovec   -> the caller's bytes
 *        -> control:   cmsghdr (SOL_SOCKET, SCM_RIGHTS), int[n], padded to 8 bytes
 * </pre>
 *
 * A receive never runs past a message that carries descriptors: they belong to the end of the bytes it returns.
 */
public final class FdMessages implements AutoCloseable {
    /** The most descriptors that Linux puts in one message (SCM_MAX_FD). */
    public static final int MAX_FDS = 253;

    private static final long MSG_IOV = offset(Socket.MSGHDR, "msg_iov");
    private static final long MSG_IOVLEN = offset(Socket.MSGHDR, "msg_iovlen");
    private static final long MSG_CONTROL = offset(Socket.MSGHDR, "msg_control");
    private static final long MSG_CONTROLLEN = offset(Socket.MSGHDR, "msg_controllen");
    private static final long MSG_FLAGS = offset(Socket.MSGHDR, "msg_flags");
    private static final long CMSG_LEVEL = offset(Socket.CMSGHDR, "cmsg_level");
    private static final long CMSG_TYPE = offset(Socket.CMSGHDR, "cmsg_type");
    private static final long CMSG_DATA = Socket.CMSGHDR.byteSize();

    private final Fd socket;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment msghdr = arena.allocate(Socket.MSGHDR);
    private final MemorySegment iovec = arena.allocate(Uio.IOVEC);
    private final MemorySegment control;
    private List<Fd> received = new ArrayList<>();

    /** {@code socket} is lent and must stay open longer than this. */
    public FdMessages(Fd socket) {
        this(socket, MAX_FDS);
    }

    FdMessages(Fd socket, int room) {
        this.socket = socket;
        control = arena.allocate(aligned(CMSG_DATA + room * (long) Integer.BYTES), 8);
        msghdr.set(JAVA_LONG, MSG_IOV, iovec.address());
        msghdr.set(JAVA_LONG, MSG_IOVLEN, 1);
    }

    private static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    private static long aligned(long bytes) {
        return (bytes + 7) & -8;
    }

    /**
     * Receives without waiting: the bytes put at {@code address}, at most {@code length}; 0 at the end; or
     * {@link Fd#WOULD_BLOCK}. Descriptors that came with them are for {@link #takeFds}.
     *
     * @param address native memory of at least {@code length} bytes that stays there during the call; nothing can check it
     */
    public int receiveNow(long address, int length) throws IOException {
        msghdr.set(JAVA_LONG, MSG_CONTROL, control.address());
        msghdr.set(JAVA_LONG, MSG_CONTROLLEN, control.byteSize());
        msghdr.set(JAVA_INT, MSG_FLAGS, 0);
        aim(address, length);
        int flags = Socket.MSG_DONTWAIT | Socket.MSG_CMSG_CLOEXEC;
        long result = Socket.recvmsg(socket.number(), msghdr, flags);
        while (result == Errno.EINTR.result()) {
            result = Socket.recvmsg(socket.number(), msghdr, flags);
        }
        if (result < 0) {
            return wouldBlockOr("receive on ", result);
        }
        adoptFds();
        if ((msghdr.get(JAVA_INT, MSG_FLAGS) & Socket.MSG_CTRUNC) != 0) {
            int came = received.size();
            closeReceived();
            throw new IOException("receive on " + socket + ": descriptors lost after " + came
                    + ": too many sent, or too many files open");
        }
        return (int) result;
    }

    /** As {@link #receiveNow(long, int)} into the rest of a direct buffer, whose position moves by what came. */
    public int receiveNow(ByteBuffer direct) throws IOException {
        int count = receiveNow(address(direct), direct.remaining());
        direct.position(direct.position() + Math.max(count, 0));
        return count;
    }

    /** The descriptors received since the last call, in their order, close-on-exec. The caller owns them. */
    public List<Fd> takeFds() {
        List<Fd> taken = received;
        received = new ArrayList<>();
        return taken;
    }

    /**
     * Sends without waiting: the bytes taken, possibly fewer than {@code length}, or {@link Fd#WOULD_BLOCK}. The
     * descriptors, which are lent, go with the first byte: after any bytes were taken, do not give them again. A peer that
     * has gone is {@link Errno#EPIPE}, never a signal.
     */
    public int sendNow(long address, int length, List<Fd> fds) throws IOException {
        return send(address, length, fds, Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL);
    }

    /** As {@link #sendNow(long, int, List)}, but waits for room, where the socket is a blocking one. */
    public int send(long address, int length, List<Fd> fds) throws IOException {
        return send(address, length, fds, Socket.MSG_NOSIGNAL);
    }

    /** As {@link #sendNow(long, int, List)} from the rest of a direct buffer, whose position moves by what was taken. */
    public int sendNow(ByteBuffer direct, List<Fd> fds) throws IOException {
        int count = sendNow(address(direct), direct.remaining(), fds);
        direct.position(direct.position() + Math.max(count, 0));
        return count;
    }

    private int send(long address, int length, List<Fd> fds, int flags) throws IOException {
        if (fds.size() > MAX_FDS || (length == 0 && !fds.isEmpty())) {
            throw new IllegalArgumentException("send " + fds.size() + " descriptors with " + length + " bytes");
        }
        attach(fds);
        aim(address, length);
        long result = Socket.sendmsg(socket.number(), msghdr, flags);
        while (result == Errno.EINTR.result()) {
            result = Socket.sendmsg(socket.number(), msghdr, flags);
        }
        return result < 0 ? wouldBlockOr("send on ", result) : (int) result;
    }

    private void attach(List<Fd> fds) {
        if (fds.isEmpty()) {
            msghdr.set(JAVA_LONG, MSG_CONTROL, 0);
            msghdr.set(JAVA_LONG, MSG_CONTROLLEN, 0);
            return;
        }
        long bytes = CMSG_DATA + fds.size() * (long) Integer.BYTES;
        control.set(JAVA_LONG, 0, bytes);
        control.set(JAVA_INT, CMSG_LEVEL, Socket.SOL_SOCKET);
        control.set(JAVA_INT, CMSG_TYPE, Socket.SCM_RIGHTS);
        for (int i = 0; i < fds.size(); i++) {
            control.set(JAVA_INT, CMSG_DATA + i * (long) Integer.BYTES, fds.get(i).number());
        }
        msghdr.set(JAVA_LONG, MSG_CONTROL, control.address());
        msghdr.set(JAVA_LONG, MSG_CONTROLLEN, aligned(bytes));
    }

    private void aim(long address, int length) {
        iovec.set(JAVA_LONG, 0, address);
        iovec.set(JAVA_LONG, Long.BYTES, length);
    }

    private void adoptFds() {
        long filled = Math.min(msghdr.get(JAVA_LONG, MSG_CONTROLLEN), control.byteSize());
        for (long at = 0; at + CMSG_DATA <= filled;) {
            long bytes = Math.min(control.get(JAVA_LONG, at), filled - at);
            if (bytes < CMSG_DATA) {
                return;
            }
            if (control.get(JAVA_INT, at + CMSG_LEVEL) == Socket.SOL_SOCKET
                    && control.get(JAVA_INT, at + CMSG_TYPE) == Socket.SCM_RIGHTS) {
                for (long fd = at + CMSG_DATA; fd + Integer.BYTES <= at + bytes; fd += Integer.BYTES) {
                    received.add(Fd.adopt(control.get(JAVA_INT, fd)));
                }
            }
            at += aligned(bytes);
        }
    }

    private int wouldBlockOr(String operation, long result) throws ErrnoException {
        if (result == Errno.EAGAIN.result()) {
            return (int) Fd.WOULD_BLOCK;
        }
        throw new ErrnoException(operation + socket, result);
    }

    private static long address(ByteBuffer buffer) {
        return NativeRange.address(MemorySegment.ofBuffer(buffer), 0, buffer.remaining());
    }

    private void closeReceived() {
        received.forEach(Fd::close);
        received.clear();
    }

    /** Closes descriptors that nobody took. */
    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
            closeReceived();
        }
    }
}
