package io.godwit.engine.guest.kvm;

import java.util.ArrayDeque;
import java.util.Deque;

/** Owns things that were acquired one after the other, and closes them in reverse order. One thread at a time. */
final class Owned implements AutoCloseable {

    /** A thing whose close cannot fail. */
    interface Resource extends AutoCloseable {
        @Override
        void close();
    }

    private final Deque<Resource> resources = new ArrayDeque<>();

    /** Takes ownership by the method that closes it. */
    <T> T add(T thing, Resource close) {
        resources.push(close);
        return thing;
    }

    @Override
    public void close() {
        while (!resources.isEmpty()) {
            resources.pop().close();
        }
    }
}
