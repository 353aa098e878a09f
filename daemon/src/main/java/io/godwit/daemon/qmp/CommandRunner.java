package io.godwit.daemon.qmp;

import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpException;
import io.godwit.protocol.qmp.QmpRequest;
import io.godwit.protocol.qmp.QmpWriter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/** Makes the answer to a request: checks the negotiation, carries the command out, turns what comes of it into a line. */
final class CommandRunner {
    private static final Logger LOG = LoggerFactory.getLogger(CommandRunner.class);

    private final CommandSet commands;
    private final CommandObserver observer;

    CommandRunner(CommandSet commands, CommandObserver observer) {
        this.commands = commands;
        this.observer = observer;
    }

    byte[] answer(Turn turn, boolean negotiated) {
        return switch (turn.request()) {
            case QmpRequest.Refused refused -> QmpWriter.error(refused.error(), refused.id());
            case QmpRequest.Execute execute -> answer(execute, turn, negotiated);
        };
    }

    private byte[] answer(QmpRequest.Execute request, Turn turn, boolean negotiated) {
        long begun = System.nanoTime();
        String outcome = "success";
        try {
            return QmpWriter.success(carryOut(request, turn, negotiated), request.id());
        } catch (QmpException e) {
            outcome = e.error().errorClass().qapiName();
            return QmpWriter.error(e.error(), request.id());
        } finally {
            String name = commands.knows(request.command()) ? request.command() : "unknown";
            observer.completed(name, outcome, System.nanoTime() - begun);
        }
    }

    private JsonNode carryOut(QmpRequest.Execute request, Turn turn, boolean negotiated) throws QmpException {
        checkNegotiation(request, turn, negotiated);
        try {
            return commands.execute(request.command(), request.arguments(), request.outOfBand(), turn);
        } catch (RuntimeException e) {
            // A bug of ours must not take the guest's command thread and the session with it.
            LOG.error("QMP command {} failed unexpectedly", request.command(), e);
            throw new QmpException("Internal error in " + request.command() + ": " + e);
        }
    }

    private static void checkNegotiation(QmpRequest.Execute request, Turn turn, boolean negotiated)
            throws QmpException {
        if (!negotiated && !request.command().equals(CommandSet.NEGOTIATION)) {
            throw new QmpException(QmpError.notNegotiated());
        }
        if (negotiated) {
            turn.afterNegotiation(); // told only when its arguments are right
        }
    }
}
