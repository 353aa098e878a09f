package io.godwit.client;

import java.io.IOException;

/** What a user asked the client to do. */
interface Action {

    /** Does it; whether it has happened. */
    boolean run(Monitor monitor, Terminal terminal) throws IOException, CommandFailed;
}
