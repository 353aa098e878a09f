package io.godwit.protocol.qmp;

import io.godwit.protocol.qapi.CalcDirtyRateArguments;
import io.godwit.protocol.qapi.CapabilityRules;
import io.godwit.protocol.qapi.FdNameArguments;
import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qapi.MigrateContinueArguments;
import io.godwit.protocol.qapi.MigrateRecoverArguments;
import io.godwit.protocol.qapi.MigrateSetCapabilitiesArguments;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationCapabilities;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qapi.NoArguments;
import io.godwit.protocol.qapi.QmpCapabilitiesArguments;
import io.godwit.protocol.qapi.RemoveFdArguments;
import io.godwit.protocol.qapi.RunState;
import java.io.ByteArrayOutputStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** The least server that can answer recorded conversations: a paused guest on which nothing ever happens. */
final class ToySession {
    private final QmpParser parser = new QmpParser(this::input);
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();
    private MigrationCapabilities capabilities = MigrationCapabilities.NONE;
    private MigrationParameters parameters = MigrationParameters.DEFAULTS;
    private boolean negotiated;
    private boolean oob;

    ToySession(boolean negotiated) {
        this.negotiated = negotiated;
    }

    /** Everything it says to these bytes. */
    byte[] answers(byte[] bytes) {
        parser.feed(bytes, 0, bytes.length);
        byte[] answers = said.toByteArray();
        said.reset();
        return answers;
    }

    private void input(QmpInput input) {
        said.writeBytes(switch (input) {
            case QmpInput.Fault(String text) -> QmpWriter.error(QmpError.generic(text), java.util.Optional.empty());
            case QmpInput.Value(JsonNode value) -> switch (QmpRequest.of(value, oob)) {
                case QmpRequest.Refused(var error, var id) -> QmpWriter.error(error, id);
                case QmpRequest.Execute request -> answer(request);
            };
        });
    }

    private byte[] answer(QmpRequest.Execute request) {
        try {
            return QmpWriter.success(run(request), request.id());
        } catch (QmpException e) {
            return QmpWriter.error(e.error(), request.id());
        }
    }

    private JsonNode run(QmpRequest.Execute request) throws QmpException {
        if (!negotiated && !request.command().equals("qmp_capabilities")) {
            throw new QmpException(QmpError.notNegotiated());
        }
        ObjectNode nothing = JsonNodeFactory.instance.objectNode();
        ObjectNode arguments = request.arguments();
        switch (request.command()) {
            case "qmp_capabilities" -> negotiate(request);
            case "query-status" -> {
                inBand(request);
                NoArguments.TYPE.parse(arguments);
                return RunState.PRELAUNCH.toStatusInfo();
            }
            case "query-migrate-parameters" -> {
                return parameters.toJson();
            }
            case "migrate_cancel" -> NoArguments.TYPE.parse(arguments);
            case "getfd" -> FdNameArguments.TYPE.parse(arguments);
            case "remove-fd" -> RemoveFdArguments.TYPE.parse(arguments);
            case "calc-dirty-rate" -> CalcDirtyRateArguments.TYPE.parse(arguments);
            case "migrate-continue" -> MigrateContinueArguments.TYPE.parse(arguments);
            case "migrate-recover" -> MigrateRecoverArguments.TYPE.parse(arguments);
            case "migrate" -> MigrateArguments.TYPE.parse(arguments).address();
            case "migrate-set-capabilities" -> setCapabilities(arguments);
            case "migrate-set-parameters" ->
                parameters = parameters.with(MigrateSetParametersArguments.TYPE.parse(arguments));
            default -> throw new QmpException(QmpError.commandNotFound(request.command()));
        }
        return nothing;
    }

    private static void inBand(QmpRequest.Execute request) throws QmpException {
        if (request.outOfBand()) {
            throw new QmpException(QmpError.notOutOfBand(request.command()));
        }
    }

    private void negotiate(QmpRequest.Execute request) throws QmpException {
        inBand(request);
        if (negotiated) {
            throw new QmpException(QmpError.alreadyNegotiated());
        }
        oob = QmpCapabilitiesArguments.TYPE.parse(request.arguments()).oob();
        negotiated = true;
    }

    private void setCapabilities(ObjectNode arguments) throws QmpException {
        var wanted = MigrateSetCapabilitiesArguments.TYPE.parse(arguments).applyTo(capabilities);
        CapabilityRules.check(wanted, parameters, false);
        capabilities = wanted;
    }
}
