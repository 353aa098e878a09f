package io.godwit.engine.linux.ffi;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.ByteOrder;

/** sys/socket.h, with the addresses of sys/un.h and netinet/in.h. */
public final class Socket {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_NONBLOCK = 0x800;
    public static final int SOCK_CLOEXEC = 0x80000;
    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;

    public static final int SOL_SOCKET = 1;
    public static final int SO_REUSEADDR = 2;
    public static final int SO_ERROR = 4;
    public static final int SO_SNDBUF = 7;
    public static final int SO_RCVBUF = 8;
    public static final int SO_PEERCRED = 17;
    public static final int SO_ACCEPTCONN = 30;
    public static final int SO_SNDBUFFORCE = 32;
    public static final int SO_RCVBUFFORCE = 33;
    public static final int IPPROTO_TCP = 6;
    public static final int TCP_NODELAY = 1;
    public static final int TCP_NOTSENT_LOWAT = 25;

    public static final int MSG_CTRUNC = 8;
    public static final int MSG_DONTWAIT = 0x40;
    public static final int MSG_NOSIGNAL = 0x4000;
    public static final int MSG_CMSG_CLOEXEC = 0x40000000;
    public static final int SCM_RIGHTS = 1;

    private static final ValueLayout.OfShort NETWORK_SHORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    /** {@code struct sockaddr_un}. */
    public static final StructLayout SOCKADDR_UN = MemoryLayout.structLayout(JAVA_SHORT.withName("sun_family"),
            MemoryLayout.sequenceLayout(108, JAVA_BYTE).withName("sun_path"));
    /** {@code struct sockaddr_in}. */
    public static final StructLayout SOCKADDR_IN = MemoryLayout.structLayout(JAVA_SHORT.withName("sin_family"),
            NETWORK_SHORT.withName("sin_port"), MemoryLayout.sequenceLayout(4, JAVA_BYTE).withName("sin_addr"),
            MemoryLayout.paddingLayout(8));
    /** {@code struct sockaddr_in6}. */
    public static final StructLayout SOCKADDR_IN6 = MemoryLayout.structLayout(JAVA_SHORT.withName("sin6_family"),
            NETWORK_SHORT.withName("sin6_port"), JAVA_INT.withName("sin6_flowinfo"),
            MemoryLayout.sequenceLayout(16, JAVA_BYTE).withName("sin6_addr"), JAVA_INT.withName("sin6_scope_id"));
    /** {@code struct msghdr}. */
    public static final StructLayout MSGHDR = MemoryLayout.structLayout(JAVA_LONG.withName("msg_name"),
            JAVA_INT.withName("msg_namelen"), MemoryLayout.paddingLayout(4), JAVA_LONG.withName("msg_iov"),
            JAVA_LONG.withName("msg_iovlen"), JAVA_LONG.withName("msg_control"), JAVA_LONG.withName("msg_controllen"),
            JAVA_INT.withName("msg_flags"), MemoryLayout.paddingLayout(4));
    /** {@code struct cmsghdr}; its data follows at once, padded to 8 bytes. */
    public static final StructLayout CMSGHDR = MemoryLayout.structLayout(JAVA_LONG.withName("cmsg_len"),
            JAVA_INT.withName("cmsg_level"), JAVA_INT.withName("cmsg_type"));
    /** {@code struct ucred}. */
    public static final StructLayout UCRED = MemoryLayout.structLayout(JAVA_INT.withName("pid"),
            JAVA_INT.withName("uid"),
            JAVA_INT.withName("gid"));

    private static final FunctionDescriptor ADDRESSED = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
    private static final FunctionDescriptor NAME = FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
    private static final FunctionDescriptor TWO_INTS = FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT);
    private static final FunctionDescriptor MESSAGE = FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT);

    private static final MethodHandle SOCKET = CallState.link("socket",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle SOCKETPAIR = CallState.link("socketpair",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle BIND = CallState.link("bind", ADDRESSED);
    private static final MethodHandle CONNECT = CallState.link("connect", ADDRESSED);
    private static final MethodHandle LISTEN = CallState.link("listen", TWO_INTS);
    private static final MethodHandle SHUTDOWN = CallState.link("shutdown", TWO_INTS);
    private static final MethodHandle ACCEPT4 = CallState.link("accept4",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
    private static final MethodHandle GETSOCKNAME = CallState.link("getsockname", NAME);
    private static final MethodHandle GETPEERNAME = CallState.link("getpeername", NAME);
    private static final MethodHandle GETSOCKOPT = CallState.link("getsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
    private static final MethodHandle SETSOCKOPT = CallState.link("setsockopt",
            FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle RECVMSG = CallState.link("recvmsg", MESSAGE);
    private static final MethodHandle SENDMSG = CallState.link("sendmsg", MESSAGE);

    private Socket() {}

    /** socket(2): a new descriptor or -errno. */
    public static int socket(int domain, int type, int protocol) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) SOCKET.invokeExact(state, domain, type, protocol), state);
        } catch (Throwable t) {
            throw CallState.rethrow("socket", t);
        }
    }

    /** socketpair(2): 0 or -errno; {@code sv} is {@code int[2]}. */
    public static int socketpair(int domain, int type, int protocol, MemorySegment sv) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) SOCKETPAIR.invokeExact(state, domain, type, protocol, sv), state);
        } catch (Throwable t) {
            throw CallState.rethrow("socketpair", t);
        }
    }

    /** bind(2): 0 or -errno. */
    public static int bind(int sockfd, MemorySegment addr, int addrlen) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) BIND.invokeExact(state, sockfd, addr, addrlen), state);
        } catch (Throwable t) {
            throw CallState.rethrow("bind", t);
        }
    }

    /** connect(2): 0 or -errno. */
    public static int connect(int sockfd, MemorySegment addr, int addrlen) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) CONNECT.invokeExact(state, sockfd, addr, addrlen), state);
        } catch (Throwable t) {
            throw CallState.rethrow("connect", t);
        }
    }

    /** listen(2): 0 or -errno. */
    public static int listen(int sockfd, int backlog) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) LISTEN.invokeExact(state, sockfd, backlog), state);
        } catch (Throwable t) {
            throw CallState.rethrow("listen", t);
        }
    }

    /** accept4(2) without the peer's address: a new descriptor or -errno. */
    public static int accept4(int sockfd, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) ACCEPT4.invokeExact(state, sockfd, 0L, 0L, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("accept4", t);
        }
    }

    /** shutdown(2): 0 or -errno. */
    public static int shutdown(int sockfd, int how) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) SHUTDOWN.invokeExact(state, sockfd, how), state);
        } catch (Throwable t) {
            throw CallState.rethrow("shutdown", t);
        }
    }

    /** getsockname(2): 0 or -errno; {@code addrlen} is in and out. */
    public static int getsockname(int sockfd, MemorySegment addr, MemorySegment addrlen) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) GETSOCKNAME.invokeExact(state, sockfd, addr, addrlen), state);
        } catch (Throwable t) {
            throw CallState.rethrow("getsockname", t);
        }
    }

    /** getpeername(2): 0 or -errno; {@code addrlen} is in and out. */
    public static int getpeername(int sockfd, MemorySegment addr, MemorySegment addrlen) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) GETPEERNAME.invokeExact(state, sockfd, addr, addrlen), state);
        } catch (Throwable t) {
            throw CallState.rethrow("getpeername", t);
        }
    }

    /** getsockopt(2): 0 or -errno; {@code optlen} is in and out. */
    public static int getsockopt(int sockfd, int level, int optname, MemorySegment optval, MemorySegment optlen) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) GETSOCKOPT.invokeExact(state, sockfd, level, optname, optval, optlen), state);
        } catch (Throwable t) {
            throw CallState.rethrow("getsockopt", t);
        }
    }

    /** setsockopt(2): 0 or -errno. */
    public static int setsockopt(int sockfd, int level, int optname, MemorySegment optval, int optlen) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((int) SETSOCKOPT.invokeExact(state, sockfd, level, optname, optval, optlen), state);
        } catch (Throwable t) {
            throw CallState.rethrow("setsockopt", t);
        }
    }

    /** recvmsg(2): bytes, 0 at the end, or -errno. */
    public static long recvmsg(int sockfd, MemorySegment msg, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) RECVMSG.invokeExact(state, sockfd, msg, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("recvmsg", t);
        }
    }

    /** sendmsg(2): bytes or -errno. */
    public static long sendmsg(int sockfd, MemorySegment msg, int flags) {
        MemorySegment state = CallState.ofThread();
        try {
            return CallState.result((long) SENDMSG.invokeExact(state, sockfd, msg, flags), state);
        } catch (Throwable t) {
            throw CallState.rethrow("sendmsg", t);
        }
    }
}
