/**
 * Serves saved guests to QEMUs, one restore each: what their monitors have to be told, what is kept so that another process can
 * go on, and what is told of it. How pages get there is the engine's.
 */
@NullMarked
package io.godwit.daemon.restore;

import org.jspecify.annotations.NullMarked;
