package io.godwit.engine.linux;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import io.godwit.engine.linux.ffi.Socket;
import java.io.IOException;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** {@link StreamAddress} as the kernel's sockaddr, and back. */
final class Sockaddr {
    /** Room for each of the addresses known here. */
    static final long MAX_BYTES = Socket.SOCKADDR_UN.byteSize();

    private static final ValueLayout.OfShort PORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);
    private static final long SUN_PATH = offset(Socket.SOCKADDR_UN, "sun_path");
    private static final long SIN_PORT = offset(Socket.SOCKADDR_IN, "sin_port");
    private static final long SIN_ADDR = offset(Socket.SOCKADDR_IN, "sin_addr");
    private static final long SIN6_PORT = offset(Socket.SOCKADDR_IN6, "sin6_port");
    private static final long SIN6_ADDR = offset(Socket.SOCKADDR_IN6, "sin6_addr");
    private static final long SIN6_SCOPE_ID = offset(Socket.SOCKADDR_IN6, "sin6_scope_id");

    private Sockaddr() {}

    private static long offset(StructLayout layout, String field) {
        return layout.byteOffset(PathElement.groupElement(field));
    }

    /** AF_UNIX, AF_INET or AF_INET6. */
    static int family(StreamAddress address) {
        return switch (address) {
            case StreamAddress.Unix _,StreamAddress.UnnamedUnix _ -> Socket.AF_UNIX;
            case StreamAddress.Tcp(var host, _) -> host instanceof Inet6Address ? Socket.AF_INET6 : Socket.AF_INET;
        };
    }

    static MemorySegment encode(StreamAddress address, SegmentAllocator allocator) throws IOException {
        return switch (address) {
            case StreamAddress.Unix unix -> unix(unix, allocator);
            case StreamAddress.UnnamedUnix _ ->
                throw new IllegalArgumentException("an unnamed socket cannot be reached");
            case StreamAddress.Tcp tcp -> tcp(tcp, allocator);
        };
    }

    private static MemorySegment unix(StreamAddress.Unix unix, SegmentAllocator allocator) throws IOException {
        byte[] path = unix.path().toString().getBytes(StandardCharsets.UTF_8);
        long room = MAX_BYTES - SUN_PATH - 1; // for the NUL
        if (path.length == 0 || path.length > room) {
            throw new IOException(
                    "unix socket " + unix + ": path of " + path.length + " bytes, 1 to " + room + " expected");
        }
        MemorySegment sockaddr = allocator.allocate(Socket.SOCKADDR_UN).fill((byte) 0);
        sockaddr.set(JAVA_SHORT, 0, (short) Socket.AF_UNIX);
        MemorySegment.copy(path, 0, sockaddr, JAVA_BYTE, SUN_PATH, path.length);
        return sockaddr.asSlice(0, SUN_PATH + path.length + 1);
    }

    private static MemorySegment tcp(StreamAddress.Tcp tcp, SegmentAllocator allocator) {
        byte[] host = tcp.address().getAddress();
        if (tcp.address() instanceof Inet6Address v6) {
            MemorySegment sockaddr = allocator.allocate(Socket.SOCKADDR_IN6).fill((byte) 0);
            sockaddr.set(JAVA_SHORT, 0, (short) Socket.AF_INET6);
            sockaddr.set(PORT, SIN6_PORT, (short) tcp.port());
            MemorySegment.copy(host, 0, sockaddr, JAVA_BYTE, SIN6_ADDR, host.length);
            sockaddr.set(JAVA_INT, SIN6_SCOPE_ID, v6.getScopeId());
            return sockaddr;
        }
        MemorySegment sockaddr = allocator.allocate(Socket.SOCKADDR_IN).fill((byte) 0);
        sockaddr.set(JAVA_SHORT, 0, (short) Socket.AF_INET);
        sockaddr.set(PORT, SIN_PORT, (short) tcp.port());
        MemorySegment.copy(host, 0, sockaddr, JAVA_BYTE, SIN_ADDR, host.length);
        return sockaddr;
    }

    /** {@code sockaddr} as the kernel filled it, {@code length} bytes of it. */
    static StreamAddress decode(MemorySegment sockaddr, int length) throws IOException {
        short family = sockaddr.get(JAVA_SHORT, 0);
        return switch (family) {
            case Socket.AF_UNIX -> decodeUnix(sockaddr, length);
            case Socket.AF_INET -> decodeTcp(sockaddr, SIN_ADDR, 4, SIN_PORT);
            case Socket.AF_INET6 -> decodeTcp(sockaddr, SIN6_ADDR, 16, SIN6_PORT);
            default -> throw new IOException("socket of address family " + family + ", unix or TCP expected");
        };
    }

    private static StreamAddress decodeUnix(MemorySegment sockaddr, int length) {
        if (length <= SUN_PATH || sockaddr.get(JAVA_BYTE, SUN_PATH) == 0) {
            return new StreamAddress.UnnamedUnix();
        }
        byte[] path = sockaddr.asSlice(SUN_PATH, length - SUN_PATH).toArray(JAVA_BYTE);
        int end = 0;
        while (end < path.length && path[end] != 0) {
            end++;
        }
        return new StreamAddress.Unix(Path.of(new String(path, 0, end, StandardCharsets.UTF_8)));
    }

    private static StreamAddress decodeTcp(MemorySegment sockaddr, long address, int bytes, long port)
            throws UnknownHostException {
        return new StreamAddress.Tcp(InetAddress.getByAddress(sockaddr.asSlice(address, bytes).toArray(JAVA_BYTE)),
                Short.toUnsignedInt(sockaddr.get(PORT, port)));
    }
}
