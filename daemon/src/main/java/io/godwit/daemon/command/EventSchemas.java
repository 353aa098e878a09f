package io.godwit.daemon.command;

import io.godwit.daemon.qmp.ShutdownCause;
import io.godwit.protocol.qapi.BuiltinType;
import io.godwit.protocol.qapi.EnumType;
import io.godwit.protocol.qapi.JobStatus;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.MigrationStatus;
import io.godwit.protocol.qapi.NoArguments;
import io.godwit.protocol.qapi.ObjectType;
import java.util.Map;
import java.util.TreeMap;

/** What the events that a guest sends carry as their data. */
final class EventSchemas {
    private static final Member<Boolean> GUEST = Member.required("guest", BuiltinType.BOOL);
    private static final Member<ShutdownCause> REASON = Member.required("reason", EnumType.of(ShutdownCause.class));
    private static final Member<MigrationStatus> STATUS = Member.required("status", MigrationStatus.TYPE);
    private static final Member<String> UPGRADE_STATUS = Member.required("status", BuiltinType.STR);
    private static final Member<Long> PASS = Member.required("pass", BuiltinType.INT);

    private static final Member<Long> ACTUAL = Member.required("actual", BuiltinType.INT);

    private static final Member<String> JOB_ID = Member.required("id", BuiltinType.STR);
    private static final Member<JobStatus> JOB_STATUS = Member.required("status", JobStatus.TYPE);
    private static final Member<String> NAME = Member.required("name", BuiltinType.STR);
    private static final Member<String> WHY = Member.required("reason", BuiltinType.STR);
    private static final Member<String> ID = Member.required("id", BuiltinType.STR);
    private static final Member<String> FILE = Member.required("file", BuiltinType.STR);
    private static final Member<String> ERROR = Member.optional("error-desc", BuiltinType.STR);
    private static final Member<Long> OFFSET = Member.optional("offset", BuiltinType.INT);

    private EventSchemas() {}

    /** Those of a guest. */
    static Map<String, ObjectType<?>> ofGuest() {
        var events = new TreeMap<String, ObjectType<?>>();
        events.put("STOP", NoArguments.TYPE);
        events.put("RESUME", NoArguments.TYPE);
        events.put("RESET", data("RESET-arg", GUEST, REASON));
        events.put("SHUTDOWN", data("SHUTDOWN-arg", GUEST, REASON));
        events.put("MIGRATION", data("MIGRATION-arg", STATUS));
        events.put("MIGRATION_PASS", data("MIGRATION_PASS-arg", PASS));
        events.put("BALLOON_CHANGE", data("BALLOON_CHANGE-arg", ACTUAL));
        events.put("JOB_STATUS_CHANGE", data("JOB_STATUS_CHANGE-arg", JOB_ID, JOB_STATUS));
        events.put("X_GODWIT_RESTORE", data("X_GODWIT_RESTORE-arg", ID, STATUS, FILE, ERROR, OFFSET));
        events.put("X_GODWIT_UPGRADE", data("X_GODWIT_UPGRADE-arg", UPGRADE_STATUS, ERROR));
        return events;
    }

    /** Those of a control monitor. */
    static Map<String, ObjectType<?>> ofControl() {
        var events = new TreeMap<String, ObjectType<?>>();
        events.put("SHUTDOWN", data("SHUTDOWN-arg", GUEST, REASON));
        events.put("GUEST_ADDED", data("GUEST_ADDED-arg", NAME));
        events.put("GUEST_REMOVED", data("GUEST_REMOVED-arg", NAME, WHY));
        events.put("X_GODWIT_UPGRADE", data("X_GODWIT_UPGRADE-arg", UPGRADE_STATUS, ERROR));
        return events;
    }

    /** Events are only sent: nothing is ever parsed by these. */
    private static ObjectType<NoArguments> data(String name, Member<?>... members) {
        return ObjectType.of(name, in -> new NoArguments(), members);
    }
}
