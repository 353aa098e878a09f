package io.godwit.daemon.remote;

import java.io.IOException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hears what a remote monitor says unasked. Calls come from the connection's own thread, one at a time and in the order of
 * the wire: an event has been told before a reply that came after it returns. Note it and return; a command executed from here
 * would wait for itself.
 */
public interface MonitorListener {

    /** Hears nothing. */
    MonitorListener NONE = new MonitorListener() {
        @Override
        public void event(String name, ObjectNode message) {}

        @Override
        public void lost(IOException why) {}
    };

    /** An event, whole: with its timestamp and its data, if it has some. */
    void event(String name, ObjectNode message);

    /** The connection has ended, and not because it was closed here; told once, and nothing after it. */
    void lost(IOException why);
}
