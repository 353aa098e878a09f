/**
 * The way to the peer: byte channels over sockets (by TLS, if wanted), pipes, commands and files, opened, listened for, throttled and aborted;
 * and the stream's big-endian values on top of them. Knows nothing of pages' meaning or of migrations' states.
 */
package io.godwit.engine.channel;
