/**
 * Godwit as a client: the QMP monitor of a QEMU or a qemu-storage-daemon. What is done with it lives elsewhere; nothing here
 * knows a command but {@code qmp_capabilities}.
 */
@NullMarked
package io.godwit.daemon.remote;

import org.jspecify.annotations.NullMarked;
