/** The process: main, wiring by constructors, start and stop order. */
package io.godwit.daemon;
