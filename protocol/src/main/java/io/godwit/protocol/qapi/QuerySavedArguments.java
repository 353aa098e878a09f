package io.godwit.protocol.qapi;

/** Arguments of our own {@code x-godwit-query-saved}. */
public record QuerySavedArguments(String file) {
    private static final Member<String> FILE = Member.required("file", BuiltinType.STR);

    public static final ObjectType<QuerySavedArguments> TYPE = ObjectType.of("x-godwit-query-saved-arg",
            in -> new QuerySavedArguments(in.get(FILE)), FILE);
}
