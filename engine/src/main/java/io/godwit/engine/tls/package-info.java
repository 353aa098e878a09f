/**
 * Who the two ends of a TLS connection are: certificates and keys in QEMU's directory layout, or made for one migration and known by
 * their fingerprints; what is checked about one's own and about the other end's. No I/O but reading those files; the connection itself
 * is the channel's.
 */
package io.godwit.engine.tls;
