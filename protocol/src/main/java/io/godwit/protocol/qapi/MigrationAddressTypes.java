package io.godwit.protocol.qapi;

import static io.godwit.protocol.qapi.BuiltinType.BOOL;
import static io.godwit.protocol.qapi.BuiltinType.SIZE;
import static io.godwit.protocol.qapi.BuiltinType.STR;
import static io.godwit.protocol.qapi.BuiltinType.UINT16;

import io.godwit.protocol.qapi.MigrationAddress.Exec;
import io.godwit.protocol.qapi.MigrationAddress.FdName;
import io.godwit.protocol.qapi.MigrationAddress.FilePath;
import io.godwit.protocol.qapi.MigrationAddress.Inet;
import io.godwit.protocol.qapi.MigrationAddress.Rdma;
import io.godwit.protocol.qapi.MigrationAddress.UnixPath;
import io.godwit.protocol.qapi.MigrationAddress.Vsock;
import java.util.List;
import java.util.Map;

/** The schema's types behind {@link MigrationAddress}: a union by transport, one of whose variants is one by socket type. */
final class MigrationAddressTypes {
    private static final Member<String> HOST = Member.required("host", STR);
    private static final Member<String> PORT = Member.required("port", STR);
    private static final Member<Boolean> NUMERIC = Member.optional("numeric", BOOL);
    private static final Member<Long> TO = Member.optional("to", UINT16);
    private static final Member<Boolean> IPV4 = Member.optional("ipv4", BOOL);
    private static final Member<Boolean> IPV6 = Member.optional("ipv6", BOOL);
    private static final Member<Boolean> KEEP_ALIVE = Member.optional("keep-alive", BOOL);
    private static final Member<Boolean> MPTCP = Member.optional("mptcp", BOOL);
    private static final Member<?>[] INET_MEMBERS = {HOST, PORT, NUMERIC, TO, IPV4, IPV6, KEEP_ALIVE, MPTCP};
    private static final ObjectType<MigrationAddress> INET = ObjectType.of("InetSocketAddress",
            in -> new Inet(in.get(HOST), in.get(PORT), options(in)), INET_MEMBERS);
    private static final ObjectType<MigrationAddress> RDMA = ObjectType.of("InetSocketAddress",
            in -> new Rdma(in.get(HOST), in.get(PORT), options(in)), INET_MEMBERS);

    private static final Member<String> PATH = Member.required("path", STR);
    private static final Member<Boolean> ABSTRACT = Member.optional("abstract", BOOL);
    private static final Member<Boolean> TIGHT = Member.optional("tight", BOOL);
    private static final ObjectType<MigrationAddress> UNIX = ObjectType.of("UnixSocketAddress",
            in -> new UnixPath(in.get(PATH), in.find(ABSTRACT).orElse(false), in.find(TIGHT).orElse(true)), PATH,
            ABSTRACT, TIGHT);

    private static final Member<String> CID = Member.required("cid", STR);
    private static final ObjectType<MigrationAddress> VSOCK = ObjectType.of("VsockSocketAddress",
            in -> new Vsock(in.get(CID), in.get(PORT)), CID, PORT);

    private static final Member<String> NAME = Member.required("str", STR);
    private static final ObjectType<MigrationAddress> FD = ObjectType.of("FdSocketAddress",
            in -> new FdName(in.get(NAME)), NAME);

    private static final UnionType<SocketAddressType, MigrationAddress> SOCKET = new UnionType<>("SocketAddress",
            Member.required("type", SocketAddressType.TYPE), Map.of(SocketAddressType.INET, INET,
                    SocketAddressType.UNIX, UNIX, SocketAddressType.VSOCK, VSOCK, SocketAddressType.FD, FD));

    private static final Member<List<String>> ARGS = Member.required("args", new ListType<>(STR));
    private static final ObjectType<MigrationAddress> EXEC = ObjectType.of("MigrationExecCommand",
            in -> new Exec(in.get(ARGS)), ARGS);

    private static final Member<String> FILENAME = Member.required("filename", STR);
    private static final Member<Long> OFFSET = Member.required("offset", SIZE);
    private static final ObjectType<MigrationAddress> FILE = ObjectType.of("FileMigrationArgs",
            in -> FilePath.ofUnsigned(in.get(FILENAME), in.get(OFFSET)), FILENAME, OFFSET);

    static final UnionType<MigrationAddressType, MigrationAddress> ADDRESS = new UnionType<>("MigrationAddress",
            Member.required("transport", MigrationAddressType.TYPE), Map.of(MigrationAddressType.SOCKET, SOCKET,
                    MigrationAddressType.EXEC, EXEC, MigrationAddressType.RDMA, RDMA, MigrationAddressType.FILE, FILE));

    private MigrationAddressTypes() {}

    private static InetOptions options(MemberValues in) {
        return new InetOptions(in.find(NUMERIC), in.find(TO), in.find(IPV4), in.find(IPV6), in.find(KEEP_ALIVE),
                in.find(MPTCP));
    }
}
