/**
 * Pages that a guest does not need: how it says so, and when that may be believed; memory that it gives back, and how it is asked to. What the kernel knows of pages that were
 * never touched is {@code engine.ram}'s. Nothing here knows of guests' kinds or of channels.
 */
package io.godwit.engine.freepages;
