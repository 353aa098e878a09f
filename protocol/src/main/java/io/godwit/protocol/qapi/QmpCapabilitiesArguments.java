package io.godwit.protocol.qapi;

import java.util.List;

/** Arguments of {@code qmp_capabilities}: what to switch on for this session. */
public record QmpCapabilitiesArguments(List<QMPCapability> enable) {
    private static final Member<List<QMPCapability>> ENABLE = Member.optional("enable",
            new ListType<>(QMPCapability.TYPE));

    public static final ObjectType<QmpCapabilitiesArguments> TYPE = ObjectType.of("qmp_capabilities-arg",
            in -> new QmpCapabilitiesArguments(in.find(ENABLE).orElse(List.of())), ENABLE);

    public QmpCapabilitiesArguments {
        enable = List.copyOf(enable);
    }

    /** Whether the session gets out-of-band execution. */
    public boolean oob() {
        return enable.contains(QMPCapability.OOB);
    }
}
