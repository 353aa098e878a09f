/** The seal of a file: a sidecar of digests, by which damage to the file shows. Layout and checks; the engine does hashing and I/O. */
package io.godwit.protocol.seal;
