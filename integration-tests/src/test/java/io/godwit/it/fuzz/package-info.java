/** Runs the fuzzer on the classes that the modules have for it, in processes of its own. */
@NullMarked
package io.godwit.it.fuzz;

import org.jspecify.annotations.NullMarked;
