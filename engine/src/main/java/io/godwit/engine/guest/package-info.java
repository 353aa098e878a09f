/**
 * What a guest is to the flows: something that can be paused, resumed, and asked for its memory and device state. The
 * kinds live in packages of their own; no flow knows them.
 */
package io.godwit.engine.guest;
