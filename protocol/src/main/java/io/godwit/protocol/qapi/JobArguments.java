package io.godwit.protocol.qapi;

/** Arguments of the {@code job-} commands: which job. */
public record JobArguments(String id) {
    private static final Member<String> ID = Member.required("id", BuiltinType.STR);

    public static final ObjectType<JobArguments> TYPE = ObjectType.of("job-arg", in -> new JobArguments(in.get(ID)),
            ID);
}
