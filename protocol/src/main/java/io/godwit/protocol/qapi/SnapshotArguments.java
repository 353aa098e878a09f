package io.godwit.protocol.qapi;

import static io.godwit.protocol.qapi.BuiltinType.STR;

import java.util.List;
import java.util.Optional;

/** Arguments of {@code snapshot-save}, {@code snapshot-load} and, without {@code vmstate}, {@code snapshot-delete}. */
public record SnapshotArguments(String jobId, String tag, Optional<String> vmstate, List<String> devices) {
    private static final Member<String> JOB_ID = Member.required("job-id", STR);
    private static final Member<String> TAG = Member.required("tag", STR);
    private static final Member<String> VMSTATE = Member.required("vmstate", STR);
    private static final Member<List<String>> DEVICES = Member.required("devices", new ListType<>(STR));

    public static final ObjectType<SnapshotArguments> TYPE = ObjectType.of("snapshot-arg",
            in -> new SnapshotArguments(in.get(JOB_ID), in.get(TAG), in.find(VMSTATE), in.get(DEVICES)), JOB_ID, TAG,
            VMSTATE, DEVICES);

    public static final ObjectType<SnapshotArguments> OF_DELETE = ObjectType.of("snapshot-delete-arg",
            in -> new SnapshotArguments(in.get(JOB_ID), in.get(TAG), Optional.empty(), in.get(DEVICES)), JOB_ID, TAG,
            DEVICES);

    public SnapshotArguments {
        devices = List.copyOf(devices);
    }
}
