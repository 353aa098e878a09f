/**
 * The source's side of precopy: passes over dirty pages while the guest runs, and the judgement when what is left is little
 * enough to stop it. What happens from the stop on is {@code engine.switchover}.
 */
package io.godwit.engine.precopy;
