package io.godwit.daemon.restore;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** There is no QEMU any more where one was. */
final class QemuGoneException extends IOException {
    private static final long serialVersionUID = 1;

    QemuGoneException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
