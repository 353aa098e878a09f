package io.godwit.protocol.qapi;

/** Arguments of {@code pmemsave}: {@code size} bytes of guest physical memory from {@code val} on, and the file for them. */
public record PmemsaveArguments(long val, long size, String filename) {
    private static final Member<Long> VAL = Member.required("val", BuiltinType.INT);
    private static final Member<Long> SIZE = Member.required("size", BuiltinType.INT);
    private static final Member<String> FILENAME = Member.required("filename", BuiltinType.STR);

    public static final ObjectType<PmemsaveArguments> TYPE = ObjectType.of("pmemsave-arg",
            in -> new PmemsaveArguments(in.get(VAL), in.get(SIZE), in.get(FILENAME)), VAL, SIZE, FILENAME);
}
