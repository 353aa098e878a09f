package io.godwit.daemon.command;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.jobs.Job;
import io.godwit.daemon.jobs.JobWork;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.qmp.CommandContext;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qapi.SnapshotArguments;
import io.godwit.protocol.qmp.QmpException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/**
 * RAM and disks as one snapshot within a disk's image, or such a snapshot loaded or deleted: a job that fails, for no block layer
 * puts RAM into an image. What is wrong with the request is told before that, as QEMU does.
 */
record SnapshotJob(String name, ObjectType<SnapshotArguments> arguments, Jobs jobs,
        BlockLayer blockLayer) implements Command<SnapshotArguments> {

    /** The three of them. */
    static List<SnapshotJob> all(Jobs jobs, BlockLayer blockLayer) {
        return List.of(new SnapshotJob("snapshot-save", SnapshotArguments.TYPE, jobs, blockLayer),
                new SnapshotJob("snapshot-load", SnapshotArguments.TYPE, jobs, blockLayer),
                new SnapshotJob("snapshot-delete", SnapshotArguments.OF_DELETE, jobs, blockLayer));
    }

    @Override
    public ObjectNode execute(SnapshotArguments arguments, CommandContext context) throws QmpException {
        Job job = jobs.create(arguments.jobId(), name, new Nothing());
        job.running();
        job.failed(reason(arguments));
        return Json.object();
    }

    private String reason(SnapshotArguments arguments) throws QmpException {
        if (arguments.devices().isEmpty()) {
            return "At least one device is required for snapshot";
        }
        Set<String> nodes = nodes();
        for (String device : arguments.devices()) {
            if (!nodes.contains(device)) {
                return "No block device node '" + device + "'";
            }
        }
        if (arguments.vmstate().isPresent() && !arguments.devices().contains(arguments.vmstate().get())) {
            return "vmstate block device '" + arguments.vmstate().get() + "' does not exist";
        }
        return "The block layer cannot keep RAM in an image: use transaction with migrate and "
                + "blockdev-snapshot-internal-sync, which keeps it in a file";
    }

    private Set<String> nodes() throws QmpException {
        var names = new HashSet<String>();
        blockLayer.execute("query-named-block-nodes", Json.object())
                .forEach(node -> names.add(node.path("node-name").asString("")));
        return names;
    }

    /** One step, as QEMU counts it. */
    private record Nothing() implements JobWork {
        @Override
        public Progress progress() {
            return new Progress(1, 1);
        }

        @Override
        public void cancel() {}
    }
}
