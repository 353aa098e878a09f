package io.godwit.daemon.restore;

import io.godwit.engine.migration.Endpoint;
import io.godwit.protocol.qapi.RestoreOrder;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What is to be restored, and into which QEMU.
 *
 * @param file absolute
 * @param uri the other side's address as it was given, which QEMU is told as it is
 * @param to the same
 * @param qmp the QEMU's monitor, absolute; without one the QEMU has been told already, and is told by others after a loss
 * @param mapped the QEMU has mapped the guest's main memory from the file: a clone
 * @param trusted the file is not read before that, to be held against its seal
 */
public record RestoreRequest(Path file, String uri, Endpoint to, Optional<Path> qmp, boolean preempt,
        RestoreOrder order, boolean mapped, boolean trusted) {}
