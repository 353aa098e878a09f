/**
 * Seals of files: digests noted as a file is written, and held against it as it is read. The sidecar's layout is in
 * {@code io.godwit.protocol.seal}. Knows files and pages, nothing of streams; who gives a sidecar its name is {@code channel}.
 */
package io.godwit.engine.seal;
