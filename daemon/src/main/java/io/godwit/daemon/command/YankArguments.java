package io.godwit.daemon.command;

import io.godwit.protocol.qapi.ListType;
import io.godwit.protocol.qapi.Member;
import io.godwit.protocol.qapi.ObjectType;
import java.util.List;

/** Arguments of {@code yank}. */
record YankArguments(List<YankInstance> instances) {
    private static final Member<List<YankInstance>> INSTANCES = Member.required("instances",
            new ListType<>(YankInstance.TYPE));

    static final ObjectType<YankArguments> TYPE = ObjectType.of("yank-arg", in -> new YankArguments(in.get(INSTANCES)),
            INSTANCES);

    YankArguments {
        instances = List.copyOf(instances);
    }
}
