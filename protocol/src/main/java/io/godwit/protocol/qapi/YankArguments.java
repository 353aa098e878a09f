package io.godwit.protocol.qapi;

import java.util.List;

/** Arguments of {@code yank}. */
public record YankArguments(List<YankInstance> instances) {
    private static final Member<List<YankInstance>> INSTANCES = Member.required("instances",
            new ListType<>(YankInstance.TYPE));

    public static final ObjectType<YankArguments> TYPE = ObjectType.of("yank-arg",
            in -> new YankArguments(in.get(INSTANCES)), INSTANCES);

    public YankArguments {
        instances = List.copyOf(instances);
    }
}
