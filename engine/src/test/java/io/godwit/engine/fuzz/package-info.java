/**
 * What a fuzzer calls: classes with a {@code fuzzerTestOneInput}, named in {@code FuzzIT} of the integration tests, which runs
 * them. Whatever is thrown out of one is a finding.
 */
@NullMarked
package io.godwit.engine.fuzz;

import org.jspecify.annotations.NullMarked;
