package io.godwit.engine.incoming;

import io.godwit.engine.paging.ReceivedPages;
import io.godwit.protocol.stream.PackageInput;

/**
 * The package with which postcopy begins, read whole, and what has come before it.
 *
 * @param ramSection the id of the RAM section, which goes on after it
 * @param normalPages pages that came with their content so far
 */
record PostcopyPackage(PackageInput in, int ramSection, ReceivedPages received, long normalPages, long zeroPages) {}
