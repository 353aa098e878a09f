/**
 * The QMP commands of a guest, one class each, and what they share: named descriptors and descriptor sets, addresses,
 * the table of what is not built yet. The only place where a {@code MigrationException} becomes a QMP error. How
 * requests come in and replies go out lives in {@code io.godwit.daemon.qmp}.
 */
package io.godwit.daemon.command;
