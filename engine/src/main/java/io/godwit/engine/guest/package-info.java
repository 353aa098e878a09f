/**
 * What a guest is to the flows: something that can be paused, resumed, and asked for its memory and device state. The
 * kinds live in packages of their own; no flow knows them. An {@link io.godwit.engine.guest.Arrival} is one on its way here.
 */
package io.godwit.engine.guest;
