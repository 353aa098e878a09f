package io.godwit.daemon.command.qemu;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.block.RemoteBlockLayer;
import io.godwit.daemon.command.QueryUpgrade;
import io.godwit.daemon.command.StartUpgrade;
import io.godwit.daemon.jobs.JobVerb;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.daemon.remote.MonitorLink;
import io.godwit.daemon.transaction.Transaction;
import io.godwit.daemon.upgrade.Upgrade;
import io.godwit.engine.linux.Fd;
import io.godwit.protocol.qapi.JobArguments;
import io.godwit.protocol.qapi.MigrateArguments;
import io.godwit.protocol.qapi.MigrationAddress;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.QmpCapabilitiesArguments;
import io.godwit.protocol.qapi.TransactionActionKind;
import io.godwit.protocol.qapi.TransactionArguments;
import io.godwit.protocol.qapi.UpgradeArguments;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpException;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The commands of a guest that runs in a QEMU: the QEMU's own, passed on as they come with their descriptors, and answered as it
 * answers. Taken over are a transaction with {@code migrate} in it, a background snapshot into a file, and their jobs, and the guest's
 * move to another QEMU.
 */
public final class QemuCommands implements CommandSet, AutoCloseable {
    /** What a client has asked for may take its time: it is the client who gives up, not we. */
    private static final Duration AS_LONG_AS_IT_TAKES = Duration.ofDays(1);
    private static final String JOB_PREFIX = "job-";

    private final Qemu qemu;
    private final Jobs jobs;
    private final QemuMemory memory;
    private final BlockLayer blockLayer;
    private final LocalhostCommands localhost;
    private final Optional<Upgrade> upgrade;
    private final Set<String> names = ConcurrentHashMap.newKeySet();

    /**
     * @param link lent
     * @param upgrade of this daemon, where this guest's clients may ask for it
     * @param jobs of this guest, beside the QEMU's own
     * @param statuses hears how a move to another QEMU goes, where clients want to be told
     * @param sealed whether files get seals
     */
    public QemuCommands(MonitorLink link, Optional<Upgrade> upgrade, Jobs jobs, Consumer<MigrationStatus> statuses,
            boolean sealed) throws QmpException {
        this.upgrade = upgrade;
        this.jobs = jobs;
        qemu = new Qemu(link::use);
        localhost = new LocalhostCommands(link, statuses);
        memory = new QemuMemory(qemu, jobs, sealed);
        blockLayer = new RemoteBlockLayer(link);
        learn(qemu.execute("query-commands"));
        names.add(LocalhostCommands.NAME);
        if (upgrade.isPresent()) {
            names.addAll(Set.of(StartUpgrade.NAME, QueryUpgrade.NAME));
        }
    }

    /** After a move the QEMU may have others. */
    private JsonNode learn(JsonNode commands) {
        commands.forEach(command -> names.add(command.path("name").asString("")));
        return commands;
    }

    @Override
    public boolean knows(String name) {
        return names.contains(name);
    }

    @Override
    public boolean takesDescriptor(String name) {
        return name.equals("getfd") || name.equals("add-fd");
    }

    @Override
    public JsonNode execute(String name, ObjectNode arguments, boolean outOfBand, CommandContext context)
            throws QmpException {
        if (outOfBand) {
            return qemu.executeOutOfBand(name, arguments);
        }
        return localhost.execute(name, arguments, () -> execute(name, arguments, context));
    }

    private JsonNode execute(String name, ObjectNode arguments, CommandContext context) throws QmpException {
        return switch (name) {
            case NEGOTIATION -> negotiate(arguments, context);
            case "transaction" -> transaction(arguments, context);
            case "migrate", "migrate-incoming" -> migrate(name, arguments, context);
            case StartUpgrade.NAME -> new StartUpgrade(asked(name)).execute(UpgradeArguments.TYPE.parse(arguments),
                    context);
            case QueryUpgrade.NAME -> new QueryUpgrade(asked(name)).execute();
            case "query-jobs" -> queryJobs(arguments, context);
            case "query-commands" -> learn(pass(name, arguments, context));
            default -> name.startsWith(JOB_PREFIX) ? job(name, arguments, context) : pass(name, arguments, context);
        };
    }

    private Upgrade asked(String name) throws QmpException {
        return upgrade.orElseThrow(() -> new QmpException(QmpError.commandNotFound(name)));
    }

    private JsonNode pass(String name, ObjectNode arguments, CommandContext context) throws QmpException {
        Optional<Fd> descriptor = takesDescriptor(name) ? context.takeDescriptor() : Optional.empty();
        try {
            return qemu.execute(name, arguments, descriptor, AS_LONG_AS_IT_TAKES);
        } finally {
            descriptor.ifPresent(Fd::close);
        }
    }

    private static ObjectNode negotiate(ObjectNode arguments, CommandContext context) throws QmpException {
        context.negotiated(QmpCapabilitiesArguments.TYPE.parse(arguments).oob());
        return JsonNodeFactory.instance.objectNode();
    }

    private JsonNode transaction(ObjectNode arguments, CommandContext context) throws QmpException {
        if (!hasMigrate(arguments)) {
            return pass("transaction", arguments, context);
        }
        Transaction.run(blockLayer, memory, TransactionArguments.TYPE.parse(arguments));
        return JsonNodeFactory.instance.objectNode();
    }

    private static boolean hasMigrate(ObjectNode transaction) {
        for (JsonNode action : transaction.path("actions")) {
            if (action.path("type").asString("").equals(TransactionActionKind.MIGRATE.qapiName())) {
                return true;
            }
        }
        return false;
    }

    /** A QEMU's own background snapshot into a file is a stream that is not as large as RAM, or, mapped, a file that does not load. */
    private JsonNode migrate(String name, ObjectNode arguments, CommandContext context) throws QmpException {
        localhost.forget();
        if (name.equals("migrate-incoming") || !Capabilities.of(qemu).has(MigrationCapability.BACKGROUND_SNAPSHOT)) {
            return pass(name, arguments, context);
        }
        var parsed = MigrateArguments.TYPE.parse(arguments);
        if (parsed.resume() || !(parsed.address() instanceof MigrationAddress.FilePath)) {
            return pass("migrate", arguments, context);
        }
        memory.save(parsed);
        return JsonNodeFactory.instance.objectNode();
    }

    private ArrayNode queryJobs(ObjectNode arguments, CommandContext context) throws QmpException {
        var all = JsonNodeFactory.instance.arrayNode();
        jobs.query().forEach(all::add);
        pass("query-jobs", arguments, context).forEach(all::add);
        return all;
    }

    private JsonNode job(String name, ObjectNode arguments, CommandContext context) throws QmpException {
        var verb = JobVerb.of(name.substring(JOB_PREFIX.length()));
        if (verb.isEmpty() || !jobs.knows(arguments.path("id").asString(""))) {
            return pass(name, arguments, context);
        }
        jobs.apply(JobArguments.TYPE.parse(arguments).id(), verb.get());
        return JsonNodeFactory.instance.objectNode();
    }

    /** Whether it is on its way to another QEMU. */
    public boolean isGuestMoving() {
        return localhost.isGuestMoving();
    }

    /** Ends a save or a move that goes on. Idempotent. */
    @Override
    public void close() {
        localhost.close();
        memory.close();
    }
}
