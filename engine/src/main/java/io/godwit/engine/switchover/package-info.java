/**
 * From the guest's stop at the source to its run at the destination, or its being whole in a file: last pass, device
 * state, hand-over, and what the {@link io.godwit.engine.switchover.FarEnd} answers. The rule that nothing is run twice is kept by {@link io.godwit.engine.switchover.HandOver}.
 */
package io.godwit.engine.switchover;
