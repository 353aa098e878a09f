/**
 * What operators can watch: one {@code MeterBinder} per subject, and the small HTTP server they are read from. Reading a
 * meter never asks a guest anything. daemon/METRICS.md lists every metric; a test holds the list against what is served.
 */
@NullMarked
package io.godwit.daemon.metrics;

import org.jspecify.annotations.NullMarked;
