/**
 * What {@code godwit qmp} understands and shows: lines in the short form of QEMU's qmp-shell, completion and help from the
 * schema of whoever is at the other end, and the line editor. Knows QMP as JSON and nothing of sockets.
 */
@NullMarked
package io.godwit.client.shell;

import org.jspecify.annotations.NullMarked;
