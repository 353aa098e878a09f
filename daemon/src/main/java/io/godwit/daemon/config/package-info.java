/**
 * The command line of {@code godwitd} as immutable records, checked once at start. Nothing here opens, binds or starts
 * anything.
 */
@NullMarked
package io.godwit.daemon.config;

import org.jspecify.annotations.NullMarked;
