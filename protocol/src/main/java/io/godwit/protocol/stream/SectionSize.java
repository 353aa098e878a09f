package io.godwit.protocol.stream;

/**
 * How long the body of one FULL section is, which the section itself does not say: taken from the VM description.
 *
 * @param instanceId 32 bits, unsigned
 * @param version 0 when the description does not tell, as of devices of the old style
 */
public record SectionSize(String name, int instanceId, int version, int bodyBytes) {}
