package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;

/**
 * Arguments of our own {@code x-godwit-restore}.
 *
 * @param file with the guest, on the daemon's host
 * @param uri where its QEMU waits, or shall wait
 * @param qmp the QEMU's monitor, {@code unix:PATH}
 * @param preempt requested pages go over a second connection; on where not given, as far as we tell the QEMU so
 * @param mapped the QEMU has mapped the guest's main memory from the file; off where not given
 * @param trust such a file is not read and held against its seal first; off where not given
 */
public record RestoreArguments(String file, String uri, Optional<String> qmp, Optional<Boolean> preempt,
        Optional<RestoreOrder> order, boolean mapped, boolean trust) {
    private static final String UNIX = "unix:";
    private static final Member<String> FILE = Member.required("file", BuiltinType.STR);
    private static final Member<String> URI = Member.required("uri", BuiltinType.STR);
    private static final Member<String> QMP = Member.optional("qmp", BuiltinType.STR);
    private static final Member<Boolean> PREEMPT = Member.optional("preempt", BuiltinType.BOOL);
    private static final Member<RestoreOrder> ORDER = Member.optional("order", RestoreOrder.TYPE);
    private static final Member<Boolean> MAPPED = Member.optional("mapped", BuiltinType.BOOL);
    private static final Member<Boolean> TRUST = Member.optional("trust", BuiltinType.BOOL);

    public static final ObjectType<RestoreArguments> TYPE = ObjectType.of("x-godwit-restore-arg",
            in -> new RestoreArguments(in.get(FILE), in.get(URI), in.find(QMP), in.find(PREEMPT), in.find(ORDER),
                    in.find(MAPPED).orElse(false), in.find(TRUST).orElse(false)),
            FILE, URI, QMP, PREEMPT, ORDER, MAPPED, TRUST);

    /**
     * Where its QEMU waits.
     *
     * @throws QmpException when it is nowhere
     */
    public MigrationAddress address() throws QmpException {
        return MigrationChannel.address(Optional.of(uri), Optional.empty());
    }

    /**
     * The path of the QEMU's monitor.
     *
     * @throws QmpException when it is something else
     */
    public Optional<String> monitor() throws QmpException {
        if (qmp.isPresent() && (!qmp.get().startsWith(UNIX) || qmp.get().equals(UNIX))) {
            throw new QmpException("Parameter 'qmp' is '" + qmp.get() + "', expected unix:PATH");
        }
        return qmp.map(address -> address.substring(UNIX.length()));
    }
}
