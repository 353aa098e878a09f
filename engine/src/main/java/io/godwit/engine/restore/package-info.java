/**
 * Lazy restore: guests that were saved into mapped-ram files and run elsewhere, in a stock QEMU, before their RAM has come. What
 * a QEMU has to be told by its monitor is not here.
 */
package io.godwit.engine.restore;
