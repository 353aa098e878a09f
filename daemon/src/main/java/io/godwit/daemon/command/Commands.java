package io.godwit.daemon.command;

import io.godwit.daemon.block.BlockLayer;
import io.godwit.daemon.jobs.Jobs;
import io.godwit.daemon.qmp.CommandContext;
import io.godwit.daemon.qmp.CommandSet;
import io.godwit.daemon.qmp.GuestMonitors;
import io.godwit.daemon.restore.Pager;
import io.godwit.daemon.upgrade.Upgrade;
import io.godwit.engine.MigrationEngine;
import io.godwit.engine.migration.MigrationException;
import io.godwit.protocol.qapi.ObjectType;
import io.godwit.protocol.qmp.QmpError;
import io.godwit.protocol.qmp.QmpException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** All commands of a guest by name: what is not listed here does not exist. */
public final class Commands implements CommandSet {
    private final Map<String, Command<?>> byName = new LinkedHashMap<>();

    /** With what tells of themselves. */
    Commands(List<Command<?>> commands, Map<String, ObjectType<?>> events) {
        commands.forEach(this::add);
        add(new QueryCommands(this));
        add(new QueryQmpSchema(this, events));
    }

    /**
     * The commands of a guest.
     *
     * @param descriptors lent, with what the process inherited for it
     * @param objects lent
     * @param pinned lent
     * @param blockLayer lent; carries out what is asked of disks
     * @param jobs the guest's
     * @param pager lent
     * @param quit asks the process to end; must return at once
     */
    public static Commands of(MigrationEngine engine, GuestMonitors monitors, DescriptorTable descriptors,
            UserObjects objects, PinnedTls pinned, BlockLayer blockLayer, Jobs jobs, Pager pager, Runnable quit) {
        var addresses = new MigrationAddresses(descriptors);
        var secured = new SecuredAddresses(addresses, objects, pinned, engine);
        var commands = new ArrayList<Command<?>>(List.of(new QmpCapabilities(), new QueryVersion(),
                new QueryName(engine),
                new QueryStatus(engine), new QueryUuid(engine), new QueryKvm(engine), new QueryTarget(),
                new QueryCpusFast(engine), new QueryMemorySizeSummary(engine), new Stop(engine), new Cont(engine),
                new SystemReset(engine), new Quit(engine, monitors, quit), new Migrate(engine, secured),
                new MigrateIncoming(engine, secured), new LocalhostMigrate(engine, addresses),
                new MigrateCancel(engine), new MigrateContinue(engine),
                new MigrateStartPostcopy(engine), new MigratePause(engine), new MigrateRecover(engine, secured),
                new QueryMigrate(engine),
                new MigrateSetCapabilities(engine, monitors), new QueryMigrateCapabilities(engine),
                new MigrateSetParameters(engine), new QueryMigrateParameters(engine), new QueryMigrationThreads(engine),
                new CalcDirtyRate(engine), new QueryDirtyRate(engine), new AnnounceSelf(), new Yank(engine),
                new QueryYank(engine), new GetFd(descriptors),
                new CloseFd(descriptors), new AddFd(descriptors), new RemoveFd(descriptors),
                new QueryFdsets(descriptors), new ObjectAdd(objects), new ObjectDel(objects),
                new MakeTlsIdentity(engine, pinned), new ForgetTlsIdentity(engine, pinned), new SaveMemory(engine),
                new Verify(engine), new QueryHeld(engine),
                new SetBalloon(engine), new QueryBalloon(engine), new QueryFreePages(engine),
                new Restore(pager, addresses), new QueryRestores(pager), new QuerySaved(pager),
                new RestoreContinue(pager, addresses),
                new RestorePush(pager)));
        commands.add(new RunTransaction(blockLayer, new NativeMemory(engine, monitors, secured, jobs)));
        commands.addAll(BlockCommand.all(blockLayer));
        commands.addAll(ForwardedCommand.all(blockLayer));
        commands.addAll(SnapshotJob.all(jobs, blockLayer));
        commands.addAll(Refusing.all());
        commands.add(new ClientMigrateInfo());
        commands.addAll(WithoutDevice.all());
        commands.add(new QueryJobs(jobs, blockLayer));
        commands.addAll(JobCommand.all(jobs, blockLayer));
        var all = new Commands(commands, EventSchemas.ofGuest());
        all.add(new HumanMonitorCommand(new HumanMonitor(all)));
        return all;
    }

    /** Adds those by which the daemon itself is replaced. */
    public void addUpgrade(Upgrade upgrade) {
        add(new StartUpgrade(upgrade));
        add(new QueryUpgrade(upgrade));
    }

    private void add(Command<?> command) {
        if (byName.put(command.name(), command) != null) {
            throw new IllegalArgumentException("two commands are called " + command.name());
        }
    }

    Collection<Command<?>> all() {
        return byName.values();
    }

    @Override
    public boolean knows(String name) {
        return byName.containsKey(name);
    }

    @Override
    public boolean takesDescriptor(String name) {
        Command<?> command = byName.get(name);
        return command != null && command.takesDescriptor();
    }

    @Override
    public JsonNode execute(String name, ObjectNode arguments, boolean outOfBand, CommandContext context)
            throws QmpException {
        Command<?> command = byName.get(name);
        if (command == null) {
            throw new QmpException(QmpError.commandNotFound(name));
        }
        if (outOfBand && !command.allowOob()) {
            throw new QmpException(QmpError.notOutOfBand(name));
        }
        return execute(command, arguments, context);
    }

    private static <A> JsonNode execute(Command<A> command, ObjectNode arguments, CommandContext context)
            throws QmpException {
        A parsed = command.arguments().parse(arguments);
        try {
            return command.execute(parsed, context);
        } catch (MigrationException e) {
            throw Refusals.of(e);
        }
    }
}
