package io.godwit.daemon.command;

import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpException;

/** From what the engine refuses to what a client is answered. */
public final class Refusals {
    private Refusals() {}

    /** What a client is answered. */
    public static QmpException of(MigrationException e) {
        return new QmpException(errorOf(e));
    }

    /** All are generic to QMP: its other classes are about devices. Here a new kind of exception has to be thought about. */
    private static QmpError errorOf(MigrationException e) {
        String text = String.valueOf(e.getMessage());
        return switch (e) {
            case MigrationException.Refused _ -> QmpError.generic(text);
            case MigrationException.ChannelLost _,MigrationException.KernelRefused _ -> QmpError.generic(text);
            case MigrationException.Incompatible _,MigrationException.ProtocolViolation _ -> QmpError.generic(text);
            case MigrationException.Cancelled _ -> QmpError.generic(text);
        };
    }
}
