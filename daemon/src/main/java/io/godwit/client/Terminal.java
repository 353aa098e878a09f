package io.godwit.client;

import java.io.InputStream;
import java.io.PrintStream;
import tools.jackson.databind.JsonNode;

/**
 * Where the user sits.
 *
 * @param json the user is a program: every answer is a line of JSON
 * @param interactive standard output is a terminal: lines may be drawn over
 */
record Terminal(InputStream in, PrintStream out, PrintStream err, boolean json, boolean interactive) {

    void print(JsonNode node) {
        out.println(node);
        out.flush();
    }

    void print(String line) {
        out.println(line);
        out.flush();
    }

    /** The same for whoever sits there. */
    void print(JsonNode forPrograms, String forPeople) {
        if (json) {
            print(forPrograms);
        } else {
            print(forPeople);
        }
    }

    /** What went wrong: for a person on standard error, for a program where it reads. */
    void fail(String sentence) {
        if (json) {
            print(Monitor.JSON.createObjectNode().set("error",
                    Monitor.JSON.createObjectNode().put("class", "GenericError").put("desc", sentence)));
        } else {
            err.println("godwit: " + sentence);
        }
    }
}
