package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.Optional;

/**
 * Arguments of {@code localhost-migrate} for a guest that runs in a QEMU.
 *
 * @param uri where a QEMU waits, or shall wait, that is there already; with {@code qmp}, its monitor
 * @param qemu starts the other QEMU: one word is its program, and its options are the running one's; more are all of them
 * @param preFlight whether the other QEMU's program is shown the guest's devices before anything moves
 */
public record QemuLocalhostMigrateArguments(Optional<String> uri, Optional<String> qmp, List<String> qemu,
        QemuLocalhostMigrateMode mode, boolean preFlight) {
    private static final String UNIX = "unix:";
    private static final Member<String> URI = Member.optional("uri", BuiltinType.STR);
    private static final Member<String> QMP = Member.optional("qmp", BuiltinType.STR);
    private static final Member<List<String>> QEMU = Member.optional("qemu", new ListType<>(BuiltinType.STR));
    private static final Member<QemuLocalhostMigrateMode> MODE = Member.optional("mode", QemuLocalhostMigrateMode.TYPE);
    private static final Member<Boolean> PRE_FLIGHT = Member.optional("pre-flight", BuiltinType.BOOL);

    public static final ObjectType<QemuLocalhostMigrateArguments> TYPE = ObjectType.of("qemu-localhost-migrate-arg",
            in -> new QemuLocalhostMigrateArguments(in.find(URI), in.find(QMP), in.find(QEMU).orElse(List.of()),
                    in.find(MODE).orElse(QemuLocalhostMigrateMode.AUTO), in.find(PRE_FLIGHT).orElse(true)),
            URI, QMP, QEMU, MODE, PRE_FLIGHT);

    public QemuLocalhostMigrateArguments {
        qemu = List.copyOf(qemu);
    }

    /** A QEMU that is there already; its monitor is the path of a socket. */
    public record Waiting(String uri, String monitor) {}

    /**
     * The QEMU that is there already; empty when one is to be started.
     *
     * @throws QmpException when only half of it is given, or no unix sockets, or one to be started as well
     */
    public Optional<Waiting> waiting() throws QmpException {
        if (uri.isEmpty() && qmp.isEmpty()) {
            return Optional.empty();
        }
        if (uri.isEmpty() || qmp.isEmpty()) {
            throw new QmpException("A QEMU that waits is given by 'uri' and 'qmp' together, got "
                    + (uri.isEmpty() ? "'qmp'" : "'uri'") + " alone");
        }
        if (!qemu.isEmpty()) {
            throw new QmpException("A QEMU that waits ('uri', 'qmp') is not to be started ('qemu')");
        }
        checkUnix("uri", uri.get());
        return Optional.of(new Waiting(uri.get(), checkUnix("qmp", qmp.get()).substring(UNIX.length())));
    }

    private static String checkUnix(String name, String address) throws QmpException {
        if (!address.startsWith(UNIX) || address.equals(UNIX)) {
            throw new QmpException("Parameter '" + name + "' is '" + address + "', expected unix:PATH");
        }
        return address;
    }
}
