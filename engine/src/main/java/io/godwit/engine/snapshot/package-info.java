/**
 * A background snapshot: RAM is protected from writes at one instant and saved as it was then, while the guest runs on. What
 * the file looks like is a {@link io.godwit.engine.snapshot.SnapshotImage}'s business; when the guest stops and what becomes
 * of the file is the migration's.
 */
package io.godwit.engine.snapshot;
