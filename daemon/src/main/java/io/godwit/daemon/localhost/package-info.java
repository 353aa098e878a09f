/**
 * QEMUs as processes of this host: what one was started with, what another has to be started with to take its place, what memory
 * there is for it, and whether it would take the guest's devices. Nothing here knows a command of a monitor.
 */
@NullMarked
package io.godwit.daemon.localhost;

import org.jspecify.annotations.NullMarked;
