package io.godwit.client.shell;

import java.io.IOException;

/** A QMP session that has been negotiated: one thread may send while another receives. */
public interface Wire {

    /** Sends a text as it is, and a line end. */
    void send(String text) throws IOException;

    /** The next line as it came; throws {@link java.io.EOFException} when the other side has closed. */
    String receive() throws IOException;
}
