package io.godwit.daemon.command.qemu;

import io.godwit.daemon.localhost.HostMemory;
import io.godwit.daemon.localhost.QemuProcess;
import io.godwit.protocol.qapi.MigrationCapability;
import io.godwit.protocol.qapi.QemuLocalhostMigrateArguments;
import io.godwit.protocol.qmp.QmpException;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** How a QEMU's guest gets into another QEMU of the same host, and what it takes there. */
enum Way {
    /** RAM is handed over as descriptors. */
    CPR("cpr", 0),
    /** Of shared memory up to 0.3 of it was there twice, of other memory 0.06. */
    POSTCOPY("postcopy", 0.35),
    PRECOPY("precopy", 1);

    /** What a QEMU takes beside its guest's memory; seen: 40 to 90 MiB. */
    private static final long BESIDE_RAM = 128L << 20;
    private static final int MIB_BITS = 20;

    private final String mode;
    /** How much of the memory is in both processes, at most. */
    private final double twice;

    Way(String mode, double twice) {
        this.mode = mode;
        this.twice = twice;
    }

    /** The way that was asked for, or the best that the guest allows. */
    static Way choose(QemuLocalhostMigrateArguments arguments, Qemu qemu) throws QmpException {
        boolean waits = arguments.waiting().isPresent();
        return switch (arguments.mode()) {
            case POSTCOPY -> POSTCOPY;
            case PRECOPY -> PRECOPY;
            case CPR -> {
                var obstacle = waits
                        ? Optional.of("a QEMU that takes it has no monitor before: it has to be started by us")
                        : obstacleToCpr(qemu);
                if (obstacle.isPresent()) {
                    throw new QmpException("The guest cannot be moved by cpr: " + obstacle.get());
                }
                yield CPR;
            }
            case AUTO -> waits || obstacleToCpr(qemu).isPresent() ? POSTCOPY : CPR;
        };
    }

    private static Optional<String> obstacleToCpr(Qemu qemu) throws QmpException {
        try {
            var property = JsonNodeFactory.instance.objectNode().put("path", "/machine").put("property",
                    "aux-ram-share");
            if (!qemu.execute("qom-get", property).asBoolean(false)) {
                return Optional.of("its QEMU was started without -machine aux-ram-share=on");
            }
        } catch (QmpException e) {
            return Optional.of("its QEMU does not know aux-ram-share: " + e.error().desc());
        }
        for (JsonNode backend : qemu.execute("query-memdev")) {
            if (!backend.path("share").asBoolean(false)) {
                return Optional.of("memory backend '" + backend.path("id").asString("") + "' is without share=on");
            }
        }
        return Optional.empty();
    }

    /** What both QEMUs have on for it. */
    Set<MigrationCapability> capabilities() {
        return switch (this) {
            case CPR, PRECOPY -> Set.of(MigrationCapability.RETURN_PATH);
            case POSTCOPY -> Set.of(MigrationCapability.RETURN_PATH, MigrationCapability.POSTCOPY_RAM,
                    MigrationCapability.POSTCOPY_PREEMPT, MigrationCapability.RELEASE_RAM);
        };
    }

    /** The {@code mode} of the migration, as QEMU's parameters have it. */
    String parameter() {
        return this == CPR ? "cpr-transfer" : "normal";
    }

    /**
     * Refuses when the peak would not fit.
     *
     * @param allAtOnce whether the other QEMU takes all its memory when it starts
     * @param into a process in whose control group the other one is
     */
    void checkRoom(HostMemory memory, QemuProcess from, QemuProcess into, boolean allAtOnce)
            throws IOException, QmpException {
        long resident = from.residentBytes();
        // What is given up at the one side is of no use to the other when that is accounted elsewhere.
        double share = this != CPR && (allAtOnce || !memory.inOneGroup(from, into)) ? 1 : twice;
        long needed = (long) (share * resident) + BESIDE_RAM;
        var room = memory.room(into);
        if (room.bytes() < needed) {
            throw new QmpException(
                    ("Not enough memory to move the guest by %s: %d MiB needed (%.2f of the %d MiB that its QEMU has in "
                            + "memory, and %d MiB beside), %d MiB available (%s)").formatted(mode, needed >> MIB_BITS,
                                    share,
                                    resident >> MIB_BITS, BESIDE_RAM >> MIB_BITS, room.bytes() >> MIB_BITS,
                                    room.where()));
        }
    }

    /** For people. */
    @Override
    public String toString() {
        return mode;
    }
}
