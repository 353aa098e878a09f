/** A migration as a whole: its state machine, the options it started with, its statistics, and the ways it can end badly. */
package io.godwit.engine.migration;
