/**
 * The commands of a guest that runs in a stock QEMU: passed through to it, but for what Godwit does better. Its memory is saved
 * by its own background snapshot, into a held guest of ours whose RAM is the file; and its guest is moved to another QEMU of the
 * host by its own migrations.
 */
@NullMarked
package io.godwit.daemon.command.qemu;

import org.jspecify.annotations.NullMarked;
