/** Guests of all kinds that things are done to for as long as one likes, by a plan that a seed makes; {@code packaging/run soak}. */
@NullMarked
package io.godwit.it.soak;

import org.jspecify.annotations.NullMarked;
