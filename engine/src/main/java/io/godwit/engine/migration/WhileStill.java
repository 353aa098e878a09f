package io.godwit.engine.migration;

/**
 * Something to do at the instant that a migration shows, while the guest stands still: what it is about will go on with the
 * memory. Must be quick.
 *
 * @param <E> how it fails
 */
@FunctionalInterface
public interface WhileStill<E extends Exception> {
    void run() throws E;
}
