/**
 * What two Godwits of one host say to each other when a guest moves by {@code localhost-migrate}: messages over a unix socket,
 * some with descriptors, and the headers between the pages in a pipe. Ours alone: no QEMU speaks it.
 */
package io.godwit.protocol.localhost;
