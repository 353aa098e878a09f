package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;

/** The older way to write a {@link MigrationAddress}: {@code tcp: unix: vsock: fd: exec: file: rdma:}. */
public final class MigrationUri {
    private static final String OFFSET = ",offset=";
    /** QEMU's limit for a vsock address's parts. */
    private static final int LONGEST_VSOCK_PART = 32;

    private MigrationUri() {}

    /**
     * The address that a uri stands for.
     *
     * @throws QmpException with QEMU's text: an unknown scheme, or something wrong after it
     */
    public static MigrationAddress parse(String uri) throws QmpException {
        int colon = uri.indexOf(':');
        String rest = uri.substring(colon + 1);
        return switch (uri.substring(0, colon + 1)) {
            case "exec:" -> new MigrationAddress.Exec(List.of("/bin/sh", "-c", rest));
            case "rdma:" -> {
                MigrationAddress.Inet address = InetUri.parse(rest);
                yield new MigrationAddress.Rdma(address.host(), address.port(), address.options());
            }
            case "tcp:" -> InetUri.parse(rest);
            case "unix:" -> new MigrationAddress.UnixPath(notEmpty(rest, "invalid Unix socket address"));
            case "vsock:" -> vsock(rest);
            case "fd:" -> new MigrationAddress.FdName(notEmpty(rest, "invalid file descriptor address"));
            case "file:" -> file(rest);
            default -> throw new QmpException("unknown migration protocol: " + uri);
        };
    }

    private static String notEmpty(String text, String otherwise) throws QmpException {
        if (text.isEmpty()) {
            throw new QmpException(otherwise);
        }
        return text;
    }

    private static MigrationAddress vsock(String text) throws QmpException {
        int colon = text.indexOf(':');
        String cid = text.substring(0, Math.max(colon, 0));
        String port = text.substring(colon + 1);
        int comma = port.indexOf(',');
        boolean sound = isVsockPart(cid) && isVsockPart(comma < 0 ? port : port.substring(0, comma));
        if (!sound) {
            throw new QmpException("error parsing address '" + text + "'");
        }
        if (comma >= 0) {
            throw new QmpException("trailing characters in address '" + text + "'");
        }
        return new MigrationAddress.Vsock(cid, port);
    }

    private static boolean isVsockPart(String text) {
        return !text.isEmpty() && text.length() <= LONGEST_VSOCK_PART;
    }

    private static MigrationAddress file(String text) throws QmpException {
        int option = text.indexOf(OFFSET);
        if (option < 0) {
            return new MigrationAddress.FilePath(text, 0);
        }
        long offset = FileOffset.parse(text.substring(option + OFFSET.length()));
        return MigrationAddress.FilePath.ofUnsigned(text.substring(0, option), offset);
    }
}
