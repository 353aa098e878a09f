package io.godwit.client;

import java.io.IOException;

/** What a user asked the client to do to files, or to monitors that it looks for by itself. */
interface FileAction {

    /**
     * Does it and gives the exit status.
     *
     * @throws IOException with a sentence for a person, when it could not be done
     */
    int run(Terminal terminal) throws IOException;

    /** The exit status when it could not be done. */
    default int statusOfFailure() {
        return 1;
    }
}
