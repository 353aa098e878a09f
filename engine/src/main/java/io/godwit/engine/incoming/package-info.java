/**
 * The destination's side: waits for a source, reads its stream, loads RAM and devices, answers on the return path, and lets
 * the guest run. Everything read here is hostile until checked.
 */
package io.godwit.engine.incoming;
