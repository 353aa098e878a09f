/**
 * {@code godwit}, the command line client: speaks QMP to one monitor, as any other client would, or has files looked into
 * by {@code io.godwit.inspect}. Knows the protocol's words and nothing of the daemon or the engine.
 */
@NullMarked
package io.godwit.client;

import org.jspecify.annotations.NullMarked;
