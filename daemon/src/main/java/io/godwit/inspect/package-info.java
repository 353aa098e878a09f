/**
 * What {@code godwit} does to files by itself: looks into streams and mapped-ram files, tells what is damaged and where,
 * compares, repairs and converts them. Reading and printing are apart: a {@link io.godwit.inspect.Report} knows nothing of
 * text or JSON. Whatever is read is hostile until checked, and no page costs an allocation.
 */
@NullMarked
package io.godwit.inspect;

import org.jspecify.annotations.NullMarked;
