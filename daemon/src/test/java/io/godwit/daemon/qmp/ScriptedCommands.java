package io.godwit.daemon.qmp;

import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpException;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Commands that do what the tests of sessions need. */
final class ScriptedCommands implements CommandSet {
    private static final Set<String> NAMES = Set.of(NEGOTIATION, "ping", "getfd", "fail", "stop", "wait", "go", "big",
            "quit", "broken", "thread");

    final Semaphore waiting = new Semaphore(0);
    final CountDownLatch go = new CountDownLatch(1);
    private final GuestMonitors monitors;

    ScriptedCommands(GuestMonitors monitors) {
        this.monitors = monitors;
    }

    @Override
    public boolean knows(String name) {
        return NAMES.contains(name);
    }

    @Override
    public boolean takesDescriptor(String name) {
        return name.equals("getfd");
    }

    @Override
    public JsonNode execute(String name, ObjectNode arguments, boolean outOfBand, CommandContext context)
            throws QmpException {
        ObjectNode result = JsonNodeFactory.instance.objectNode();
        switch (name) {
            case NEGOTIATION -> context.negotiated(arguments.has("enable"));
            case "ping" -> {
                // nothing but an answer
            }
            case "getfd" -> takeDescriptor(arguments, context, result);
            case "fail" -> throw new QmpException("as asked");
            case "broken" -> throw new IllegalStateException("a bug");
            case "stop" -> {
                monitors.stopped();
                monitors.migrationStatus(MigrationStatus.SETUP);
                monitors.migrationPass(1);
            }
            case "wait" -> await();
            case "go" -> go.countDown();
            case "big" -> result.put("text", "x".repeat(arguments.get("bytes").intValue()));
            case "quit" -> monitors.shutdown(ShutdownCause.HOST_QMP_QUIT);
            case "thread" -> result.put("name", Thread.currentThread().getName());
            default -> throw new QmpException(QmpError.commandNotFound(name));
        }
        return result;
    }

    private static void takeDescriptor(ObjectNode arguments, CommandContext context, ObjectNode result)
            throws QmpException {
        if (arguments.has("bad")) {
            throw new QmpException("Parameter 'bad' is unexpected");
        }
        Optional<Fd> taken = context.takeDescriptor();
        result.put("taken", taken.isPresent());
        taken.ifPresent(Fd::close);
    }

    private void await() {
        waiting.release();
        try {
            if (!go.await(10, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody said go");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
