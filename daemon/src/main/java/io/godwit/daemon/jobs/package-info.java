/** QMP's jobs: work that goes on after the command that began it was answered, until a client dismisses it. */
@NullMarked
package io.godwit.daemon.jobs;

import org.jspecify.annotations.NullMarked;
