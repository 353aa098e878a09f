package io.godwit.protocol.qmp;

final class Placeholder {
    private Placeholder() {}
}
