package io.godwit.protocol.qapi;

import java.util.List;
import java.util.Optional;

/** Arguments of {@code announce-self}: how often and how long network cards say where they are; times in ms. */
public record AnnounceSelfArguments(long initial, long max, long rounds, long step, Optional<List<String>> interfaces,
        Optional<String> id) {
    private static final Member<Long> INITIAL = Member.required("initial", BuiltinType.INT);
    private static final Member<Long> MAX = Member.required("max", BuiltinType.INT);
    private static final Member<Long> ROUNDS = Member.required("rounds", BuiltinType.INT);
    private static final Member<Long> STEP = Member.required("step", BuiltinType.INT);
    private static final Member<List<String>> INTERFACES = Member.optional("interfaces",
            new ListType<>(BuiltinType.STR));
    private static final Member<String> ID = Member.optional("id", BuiltinType.STR);

    public static final ObjectType<AnnounceSelfArguments> TYPE = ObjectType.of("AnnounceParameters",
            in -> new AnnounceSelfArguments(in.get(INITIAL), in.get(MAX), in.get(ROUNDS), in.get(STEP),
                    in.find(INTERFACES), in.find(ID)),
            INITIAL, MAX, ROUNDS, STEP, INTERFACES, ID);
}
