package io.godwit.engine.migration;

import io.godwit.protocol.qapi.MigrationTerms;

/**
 * Terms of a migration, held against what is known before anything is sent.
 *
 * @param pages that may hold something else than zero
 * @param bytesOfAll what it is likely to take to send them once
 */
public record Offer(MigrationTerms terms, long pages, double bytesOfAll) {}
