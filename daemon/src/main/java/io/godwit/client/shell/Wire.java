package io.godwit.client.shell;

import java.io.IOException;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A QMP session that has been negotiated: one thread may send while another receives. */
public interface Wire {

    /** Sends a text as it is, and a line end. */
    void send(String text) throws IOException;

    /** The next line as it came; throws {@link java.io.EOFException} when the other side has closed. */
    String receive() throws IOException;

    /** What a line says that {@link #receive} gave. */
    static JsonNode parse(String line) throws IOException {
        try {
            return JsonMapper.shared().readTree(line);
        } catch (JacksonException e) {
            throw new IOException("The monitor sent what is no JSON: " + e.getOriginalMessage(), e);
        }
    }
}
