package io.godwit.protocol.qapi;

import io.godwit.protocol.qmp.QmpException;
import java.util.EnumMap;
import java.util.Map;

/** An object with a tag member that says which other members it has. Every word of the tag has its variant. */
public final class UnionType<E extends Enum<E> & QapiEnum, T> extends StructType<T> {
    private final Member<E> tag;
    private final Map<E, StructType<? extends T>> variants;

    public UnionType(String name, Member<E> tag, Map<E, StructType<? extends T>> variants) {
        super(name);
        this.tag = tag;
        this.variants = new EnumMap<>(variants);
        if (!(tag.type() instanceof EnumType<E> words) || !variants.keySet().containsAll(words.values())) {
            throw new IllegalArgumentException(name + " lacks a variant: " + variants.keySet());
        }
    }

    public Member<E> tag() {
        return tag;
    }

    public StructType<? extends T> variant(E word) {
        StructType<? extends T> variant = variants.get(word);
        if (variant == null) {
            throw new IllegalArgumentException(name() + ": " + word);
        }
        return variant;
    }

    @Override
    T read(OpenObject object) throws QmpException {
        var values = new MemberValues();
        object.read(tag, values);
        return variant(values.get(tag)).read(object);
    }
}
