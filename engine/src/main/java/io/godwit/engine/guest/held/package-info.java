/** The guest that is only held: RAM in memory or in a mapped-ram file, and a device state of which nothing is understood. */
package io.godwit.engine.guest.held;
