/**
 * {@code godwit}, the command line client: speaks QMP to one monitor, as any other client would. Knows the protocol's
 * words and nothing of the daemon or the engine.
 */
@NullMarked
package io.godwit.client;

import org.jspecify.annotations.NullMarked;
