package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** An object with a fixed list of members; also what a command takes as its arguments. */
public final class ObjectType<T> extends StructType<T> {
    private final List<Member<?>> members;
    private final Function<MemberValues, T> maker;
    private final boolean open;

    private ObjectType(String name, Function<MemberValues, T> maker, List<Member<?>> members, boolean open) {
        super(name);
        this.maker = maker;
        this.members = members;
        this.open = open;
    }

    /** Members in the order of the schema, which is the order they are checked in. */
    public static <T> ObjectType<T> of(String name, Function<MemberValues, T> maker, Member<?>... members) {
        return new ObjectType<>(name, maker, List.of(members), false);
    }

    /** An object that is passed on as it was given: besides these members it may have others, which somebody else judges. */
    public static ObjectType<ObjectNode> passedOn(String name, Member<?>... members) {
        return new ObjectType<>(name, MemberValues::given, List.of(members), true);
    }

    /** Whether it may have members that are not listed here. */
    public boolean isOpen() {
        return open;
    }

    public List<Member<?>> members() {
        return members;
    }

    @Override
    T read(OpenObject object) throws QmpException {
        var values = new MemberValues();
        for (Member<?> member : members) {
            object.read(member, values);
        }
        if (open) {
            object.readRest(values);
        }
        return maker.apply(values);
    }
}
