/** QMP's envelope: how bytes become requests, and greetings, replies and events become bytes. */
package io.godwit.protocol.qmp;
