package io.godwit.daemon.command;

import static io.godwit.protocol.qapi.BuiltinType.ANY;
import static io.godwit.protocol.qapi.BuiltinType.BOOL;
import static io.godwit.protocol.qapi.BuiltinType.INT;
import static io.godwit.protocol.qapi.BuiltinType.STR;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** A command about disks that is no action of a transaction: the block layer's own, which it answers itself. */
record ForwardedCommand(String name, ObjectType<ObjectNode> arguments, boolean hasResult,
        BlockLayer blockLayer) implements Command<ObjectNode> {
    private static final Member<String> DEVICE = Member.required("device", STR);
    private static final Member<String> NODE_NAME = Member.required("node-name", STR);
    private static final Member<String> JOB_ID = Member.optional("job-id", STR);

    /** All of them. What depends on a driver or a format is the block layer's to judge. */
    static List<ForwardedCommand> all(BlockLayer layer) {
        return Stream.concat(ofNodes(layer), ofJobs(layer)).toList();
    }

    private static Stream<ForwardedCommand> ofNodes(BlockLayer layer) {
        return Stream.of(
                open("blockdev-add", layer, Member.required("driver", STR), Member.optional("node-name", STR)),
                exact("blockdev-del", layer, NODE_NAME),
                exact("blockdev-create", layer, Member.required("job-id", STR), Member.required("options", ANY)),
                exact("blockdev-reopen", layer, Member.required("options", ANY)),
                exact("blockdev-set-active", layer, Member.optional("node-name", STR),
                        Member.required("active", BOOL)),
                exact("blockdev-snapshot-delete-internal-sync", layer, DEVICE, Member.optional("id", STR),
                        Member.optional("name", STR)).withResult(),
                open("block-export-add", layer, Member.required("type", STR), Member.required("id", STR)),
                exact("block-export-del", layer, Member.required("id", STR), Member.optional("mode", STR)),
                exact("query-block-exports", layer).withResult(), exact("query-blockstats", layer,
                        Member.optional("query-nodes", BOOL)).withResult());
    }

    private static Stream<ForwardedCommand> ofJobs(BlockLayer layer) {
        return Stream.of(
                open("blockdev-mirror", layer, JOB_ID, DEVICE, Member.required("target", STR),
                        Member.required("sync", STR)),
                open("block-commit", layer, JOB_ID, DEVICE), open("block-stream", layer, JOB_ID, DEVICE),
                exact("block-job-cancel", layer, DEVICE, Member.optional("force", BOOL)),
                exact("block-job-set-speed", layer, DEVICE, Member.required("speed", INT)),
                exact("block-job-pause", layer, DEVICE), exact("block-job-resume", layer, DEVICE),
                exact("block-job-complete", layer, DEVICE),
                exact("block-job-dismiss", layer, Member.required("id", STR)),
                exact("block-job-finalize", layer, Member.required("id", STR)));
    }

    private static ForwardedCommand open(String name, BlockLayer layer, Member<?>... members) {
        return new ForwardedCommand(name, ObjectType.passedOn(name + "-arg", members), false, layer);
    }

    private static ForwardedCommand exact(String name, BlockLayer layer, Member<?>... members) {
        return new ForwardedCommand(name, ObjectType.of(name + "-arg", in -> in.given(), members), false, layer);
    }

    private ForwardedCommand withResult() {
        return new ForwardedCommand(name, arguments, true, blockLayer);
    }

    @Override
    public JsonNode execute(ObjectNode given, CommandContext context) throws QmpException {
        return blockLayer.execute(name, given);
    }
}
