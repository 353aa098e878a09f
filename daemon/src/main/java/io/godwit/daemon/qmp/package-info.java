/**
 * QMP's server side: unix sockets that carry descriptors, one session per connection, and the events of a guest for all
 * sessions of its monitors. What a command does lives in {@code io.godwit.daemon.command}.
 */
package io.godwit.daemon.qmp;
