/**
 * The built daemon as a process, driven over QMP as its users drive it. One class per subject; what they share is in
 * {@code fixture}. Nothing here knows the engine's classes.
 */
@NullMarked
package io.godwit.it;

import org.jspecify.annotations.NullMarked;
