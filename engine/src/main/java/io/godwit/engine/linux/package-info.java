/**
 * The typed kernel: owners that close, outcomes instead of errno where errno belongs to an operation's contract. Guest
 * memory is touched here and nowhere else, and only by native calls: Java code that faults on memory whose faults this
 * process serves would stop the whole JVM at its next safepoint.
 */
package io.godwit.engine.linux;
