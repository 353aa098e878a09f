/** QEMU's migration stream, version 3: magic, sections, commands, RAM records, return-path messages, device tail, as values and constants. */
package io.godwit.protocol.stream;
