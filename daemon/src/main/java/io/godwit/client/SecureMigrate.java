package io.godwit.client;

import java.io.IOException;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Migrates by TLS with nothing set up before: each daemon makes a key and a certificate for this one migration, and what the client
 * carries from one monitor to the other is by what each knows the other. Has the destination listen, too. The daemons forget it all
 * when the migration has ended; one that fails leaves a destination that waits to be told anew.
 *
 * @param to the monitor of the destination, at which it is talked to before the migration and, if that fails, after it
 * @param listen where the destination listens; port 0 is a free one, which the source is told if the host is the same
 * @param uri where the source finds it
 */
record SecureMigrate(Path to, String listen, String uri, Terms terms, boolean detach, Path socket,
        Pause pause) implements Action {
    private static final String ANY_PORT = ":0";

    @Override
    public boolean run(Monitor source, Terminal terminal) throws IOException, CommandFailed {
        Migrate migration = agree(source);
        boolean underWay = false;
        try {
            underWay = migration.run(source, terminal);
        } catch (CommandFailed e) {
            forget(source);
            throw e.by("the source");
        } finally {
            if (!underWay) {
                letDestinationBe();
            }
        }
        return underWay;
    }

    /** Has the destination listen; what is left to be done at the source. */
    private Migrate agree(Monitor source) throws IOException, CommandFailed {
        String ours = identity(source, "the source");
        try (var destination = new Monitor(to)) {
            String theirs = identity(destination, "the destination");
            ObjectNode arguments = pinned(await(destination, ours), theirs);
            terms.addTo(arguments);
            return new Migrate(new Migrate.Request("migrate", arguments), detach, socket, pause);
        } catch (CommandFailed | IOException e) {
            forget(source);
            throw e;
        }
    }

    /** Where the destination awaits the source that is known so. */
    private String await(Monitor destination, String source) throws IOException, CommandFailed {
        try {
            destination.execute("migrate-incoming", pinned(listen, source));
            return reachable(destination.execute("query-migrate"));
        } catch (CommandFailed e) {
            forget(destination);
            throw e.by("the destination");
        }
    }

    private static String identity(Monitor monitor, String who) throws IOException, CommandFailed {
        try {
            return monitor.execute("x-godwit-tls-identity").path("fingerprint").asString("");
        } catch (CommandFailed e) {
            throw e.isOfUnknownCommand()
                    ? e.by(who
                            + " cannot be secured so, as a Godwit can that knows 'migrate --secure' and whose guest is "
                            + "not in a QEMU")
                    : e.by(who);
        }
    }

    private static ObjectNode pinned(String uri, String peer) {
        return Monitor.JSON.createObjectNode().put("uri", uri).put("x-godwit-tls-peer", peer);
    }

    private String reachable(JsonNode waiting) {
        if (!uri.startsWith("tcp:") || !uri.endsWith(ANY_PORT)) {
            return uri;
        }
        return uri.substring(0, uri.length() - 1) + waiting.at("/socket-address/0/port").asString("0");
    }

    private void letDestinationBe() {
        try (var destination = new Monitor(to)) {
            forget(destination);
        } catch (IOException e) {
            // It is gone, with all that it had.
        }
    }

    /** What went wrong before is what the user has to hear, and who refuses this has begun to receive: it forgets by itself. */
    private static void forget(Monitor monitor) throws IOException {
        try {
            monitor.execute("x-godwit-tls-forget");
        } catch (CommandFailed e) {
            // As above.
        }
    }
}
