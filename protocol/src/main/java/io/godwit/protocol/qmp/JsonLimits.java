package io.godwit.protocol.qmp;

/** What one request may cost: levels of brackets open at once, tokens, and bytes of token text (white space is free). */
record JsonLimits(int nesting, int tokens, int textBytes) {
    static final JsonLimits QEMU = new JsonLimits(1024, 2 << 20, 64 << 20);
}
