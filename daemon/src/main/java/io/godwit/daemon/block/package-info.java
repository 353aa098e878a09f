/**
 * The block layer of a guest: a qemu-storage-daemon, or a QEMU, that is spoken to by QMP and carries out what is asked of disks.
 * Godwit knows no image format itself.
 */
@NullMarked
package io.godwit.daemon.block;

import org.jspecify.annotations.NullMarked;
