package io.godwit.protocol.qapi;

/** What commands without arguments take: an object that must be empty. */
public record NoArguments() {
    public static final ObjectType<NoArguments> TYPE = ObjectType.of("{}", in -> new NoArguments());
}
