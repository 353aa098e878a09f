/** QMP's {@code transaction}: what is to happen to a guest's disks and memory at one instant, or not at all. */
@NullMarked
package io.godwit.daemon.transaction;

import org.jspecify.annotations.NullMarked;
