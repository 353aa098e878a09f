/**
 * Mapped-ram files: saving RAM to fixed places of a file and loading it from there, as QEMU does, and RAM that is such a
 * file. The format's values and arithmetic are in {@code io.godwit.protocol.mappedram}.
 */
package io.godwit.engine.mappedram;
