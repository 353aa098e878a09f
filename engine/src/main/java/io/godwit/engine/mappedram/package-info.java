/**
 * Mapped-ram files: saving RAM to fixed places of a file and loading it from there, as QEMU does; RAM that is such a file while
 * it is written ({@code MappedRamFile}), and guests in files that are whole ({@code SavedGuest}). The format's values and arithmetic are in {@code io.godwit.protocol.mappedram}.
 */
package io.godwit.engine.mappedram;
