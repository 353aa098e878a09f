/**
 * What the package ships beside the programs and is made from their command lines: manual pages and completion. Run when a
 * package is built, never by the programs.
 */
@NullMarked
package io.godwit.manual;

import org.jspecify.annotations.NullMarked;
