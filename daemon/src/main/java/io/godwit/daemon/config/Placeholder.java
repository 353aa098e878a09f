package io.godwit.daemon.config;

final class Placeholder {
    private Placeholder() {}
}
