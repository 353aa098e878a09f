/** A real QEMU's monitor and ours beside each other: the same inputs, made by chance from a seed, and what differs in the answers. */
@NullMarked
package io.godwit.it.differential;

import org.jspecify.annotations.NullMarked;
