package io.godwit.protocol.fuzz;

import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qapi.MigrateIncomingArguments;
import io.godwit.protocol.qapi.MigrateSetCapabilitiesArguments;
import io.godwit.protocol.qapi.MigrateSetParametersArguments;
import io.godwit.protocol.qapi.MigrationParameters;
import io.godwit.protocol.qmp.QmpException;
import io.godwit.protocol.qmp.QmpInput;
import io.godwit.protocol.qmp.QmpParser;
import io.godwit.protocol.qmp.QmpRequest;
import io.godwit.protocol.qmp.QmpRequest.Execute;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/** A client's bytes: understood the same however they are cut, as requests whose arguments are right or refused. */
public final class QmpTarget {

    private QmpTarget() {}

    public static void fuzzerTestOneInput(byte[] input) {
        List<QmpInput> whole = parse(input, input.length);
        List<QmpInput> cut = parse(input, 1);
        if (!whole.equals(cut)) {
            throw new AssertionError("in one piece: " + whole + "; byte by byte: " + cut);
        }
        for (QmpInput each : whole) {
            if (each instanceof QmpInput.Value value && QmpRequest.of(value.value(), true) instanceof Execute request) {
                parseArguments(request.arguments());
            }
        }
    }

    private static List<QmpInput> parse(byte[] input, int piece) {
        var found = new ArrayList<QmpInput>();
        var parser = new QmpParser(found::add);
        for (int at = 0; at < input.length; at += piece) {
            parser.feed(input, at, Math.min(piece, input.length - at));
        }
        return found;
    }

    /** As of every command whose arguments are more than a word: which one was named does not matter. */
    private static void parseArguments(ObjectNode arguments) {
        refusedOrNot(() -> MigrateArguments.TYPE.parse(arguments).address());
        refusedOrNot(() -> MigrateIncomingArguments.TYPE.parse(arguments).address());
        refusedOrNot(() -> MigrateSetCapabilitiesArguments.TYPE.parse(arguments));
        refusedOrNot(() -> MigrationParameters.DEFAULTS.with(MigrateSetParametersArguments.TYPE.parse(arguments))
                .toJson());
    }

    @FunctionalInterface
    private interface Parsing {
        Object parse() throws QmpException;
    }

    private static void refusedOrNot(Parsing parsing) {
        try {
            var _ = parsing.parse();
        } catch (QmpException refused) {
            var _ = refused.error();
        }
    }
}
