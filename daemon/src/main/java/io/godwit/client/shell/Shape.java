package io.godwit.client.shell;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a value of a type of the schema looks like to whoever types it; other types are named, as they may contain themselves. */
sealed interface Shape {

    /** A string. */
    record Text() implements Shape {}

    /** An integer. */
    record Whole() implements Shape {}

    /** Any number. */
    record Decimal() implements Shape {}

    /** True or false. */
    record Flag() implements Shape {}

    /** A string that is one of these. */
    record Words(List<String> values) implements Shape {}

    /** A list; {@code element} is the name of a type. */
    record ListOf(String element) implements Shape {}

    /**
     * An object.
     *
     * @param tag the member whose value says which members there are besides
     * @param variants by the tag's value, the names of types
     */
    record Struct(List<Member> members, Optional<String> tag, Map<String, String> variants) implements Shape {}

    /** One of several types, told apart by the JSON that is there. */
    record Either(List<String> types) implements Shape {}

    /** Nothing is known of it. */
    record Anything() implements Shape {}

    /** A member of an object; {@code type} is a name. */
    record Member(String name, String type, boolean optional) {}
}
