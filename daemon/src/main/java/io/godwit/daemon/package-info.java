/** The process: main, wiring by constructors, start and stop order, logging. */
@NullMarked
package io.godwit.daemon;

import org.jspecify.annotations.NullMarked;
