package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** An object with a fixed list of members; also what a command takes as its arguments. */
public final class ObjectType<T> extends StructType<T> {
    private final List<Member<?>> members;
    private final Function<MemberValues, T> maker;

    private ObjectType(String name, Function<MemberValues, T> maker, List<Member<?>> members) {
        super(name);
        this.maker = maker;
        this.members = members;
    }

    /** Members in the order of the schema, which is the order they are checked in. */
    public static <T> ObjectType<T> of(String name, Function<MemberValues, T> maker, Member<?>... members) {
        return new ObjectType<>(name, maker, List.of(members));
    }

    public List<Member<?>> members() {
        return members;
    }

    /** Parses the arguments of a command. */
    public T parse(ObjectNode arguments) throws QmpException {
        return parse(arguments, QapiPath.ARGUMENTS);
    }

    @Override
    T read(OpenObject object) throws QmpException {
        var values = new MemberValues();
        for (Member<?> member : members) {
            object.read(member, values);
        }
        return maker.apply(values);
    }
}
