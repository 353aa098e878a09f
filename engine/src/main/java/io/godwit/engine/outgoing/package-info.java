/** One outgoing migration from its start to its end, good or bad: its thread, its channel, and what is put right when it fails. */
package io.godwit.engine.outgoing;
