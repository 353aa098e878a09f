package io.godwit.engine.restore;

import io.godwit.engine.migration.LatencyCounts;
import io.godwit.protocol.qapi.MigrationStatus;
import java.time.Duration;
import java.util.Optional;

/**
 * How a restore stands.
 *
 * @param error why it failed or is paused
 * @param remainingBytes of RAM that is still to be sent unasked
 * @param requests how often the destination has asked for pages
 * @param pages sent, asked for or not
 * @param requestsServed how long each request took until what it asked for was written to the connection
 * @param running from the beginning until the guest ran
 * @param total from the beginning until the end, or until now
 */
public record RestoreReport(MigrationStatus status, Optional<String> error, long ramBytes, long remainingBytes,
        long transferredBytes, long requests, long pages, LatencyCounts requestsServed, Optional<Duration> running,
        Duration total) {}
