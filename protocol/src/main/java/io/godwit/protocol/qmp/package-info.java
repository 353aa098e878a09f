/**
 * QMP's envelope: bytes become requests or faults, and greetings, replies and events become bytes. What a command's
 * arguments mean is in {@code io.godwit.protocol.qapi}; sockets, sessions and the order of replies are the daemon's.
 */
package io.godwit.protocol.qmp;
