/**
 * The migration part of QEMU's QAPI as Java values: enums, argument records and query results, named as in QEMU's
 * qapi/migration.json and qapi/run-state.json. What a command accepts is described by the same types that parse it.
 */
package io.godwit.protocol.qapi;
