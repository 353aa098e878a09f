package io.godwit.client.shell;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** What may follow in a line of the short form, by the schema: commands, names of arguments and their members, words and flags. */
final class Suggestions {
    private final Schema schema;

    Suggestions(Schema schema) {
        this.schema = schema;
    }

    /**
     * Those that begin with what is there of the word.
     *
     * @param before the words before it
     * @param begun what is there of it, may be empty
     */
    List<Suggestion> of(List<String> before, String begun) {
        return all(before, begun).filter(suggestion -> suggestion.word().startsWith(begun)).toList();
    }

    private Stream<Suggestion> all(List<String> before, String begun) {
        if (before.isEmpty()) {
            return Stream.concat(commands(), Stream.of(word(CommandHelp.WORD, "what there is")));
        }
        if (before.getFirst().equals(CommandHelp.WORD)) {
            return before.size() == 1 ? commands() : Stream.empty();
        }
        return schema.argumentsOf(before.getFirst()).stream()
                .flatMap(type -> new Within(type, before.subList(1, before.size())).suggest(begun));
    }

    private Stream<Suggestion> commands() {
        return schema.commands().stream().map(command -> word(command, ""));
    }

    private static Suggestion word(String word, String about) {
        return new Suggestion(word, word, about, true);
    }

    /** The arguments of one command, some of them given. */
    private final class Within {
        private final String type;
        private final Map<String, String> given = new HashMap<>();

        Within(String type, List<String> words) {
            this.type = type;
            Word.of(String.join(" ", words)).stream().filter(Word::hasValue)
                    .forEach(word -> given.put(word.name(), word.value()));
        }

        Stream<Suggestion> suggest(String begun) {
            int equals = begun.indexOf('=');
            if (equals >= 0) {
                return values(begun.substring(0, equals));
            }
            String owner = begun.substring(0, begun.lastIndexOf('.') + 1);
            return names(owner, shapeOf(owner));
        }

        private Stream<Suggestion> values(String path) {
            Stream<String> words = switch (shapeOf(path)) {
                case Shape.Words(var values) -> values.stream();
                case Shape.Flag() -> Stream.of("true", "false");
                case Shape.Text _,Shape.Whole _,Shape.Decimal _,Shape.ListOf _,Shape.Struct _,Shape.Either _,Shape.Anything _ ->
                    Stream.empty();
            };
            return words.map(value -> new Suggestion(path + "=" + value, value, "", true));
        }

        private Stream<Suggestion> names(String owner, Shape shape) {
            return switch (shape) {
                case Shape.Struct struct -> schema.members(struct, chosen(owner, struct)).stream()
                        .filter(member -> !given.containsKey(owner + member.name()))
                        .map(member -> name(owner + member.name(), member.name(), member));
                case Shape.ListOf(var element) -> elements(owner).stream()
                        .map(index -> name(owner + index, index, new Shape.Member(index, element, false)));
                case Shape.Text _,Shape.Whole _,Shape.Decimal _,Shape.Flag _,Shape.Words _,Shape.Either _,Shape.Anything _ ->
                    Stream.empty();
            };
        }

        /** The one that was begun last, and the next one. */
        private List<String> elements(String owner) {
            int begun = 0;
            while (isBegun(owner + begun)) {
                begun++;
            }
            var elements = new ArrayList<String>();
            if (begun > 0) {
                elements.add(Integer.toString(begun - 1));
            }
            elements.add(Integer.toString(begun));
            return elements;
        }

        private boolean isBegun(String path) {
            return given.keySet().stream().anyMatch(name -> name.equals(path) || name.startsWith(path + "."));
        }

        private Suggestion name(String path, String shown, Shape.Member member) {
            String end = switch (schema.shape(member.type())) {
                case Shape.Struct _,Shape.ListOf _ -> ".";
                case Shape.Text _,Shape.Whole _,Shape.Decimal _,Shape.Flag _,Shape.Words _,Shape.Either _,Shape.Anything _ ->
                    "=";
            };
            return new Suggestion(path + end, shown + end, member.optional() ? "optional" : "", false);
        }

        private Optional<String> chosen(String owner, Shape.Struct struct) {
            return struct.tag().map(tag -> given.get(owner + tag));
        }

        /** @param path with or without a dot at its end */
        private Shape shapeOf(String path) {
            Shape shape = schema.shape(type);
            var owner = new StringBuilder();
            for (String name : path.isEmpty() ? List.<String>of() : List.of(path.split("\\."))) {
                shape = schema.shape(typeOf(owner.toString(), shape, name));
                owner.append(name).append('.');
            }
            return shape;
        }

        private String typeOf(String owner, Shape shape, String name) {
            return switch (shape) {
                case Shape.Struct struct -> schema.members(struct, chosen(owner, struct)).stream()
                        .filter(member -> member.name().equals(name)).map(Shape.Member::type).findFirst().orElse("");
                case Shape.ListOf(var element) -> element;
                case Shape.Text _,Shape.Whole _,Shape.Decimal _,Shape.Flag _,Shape.Words _,Shape.Either _,Shape.Anything _ ->
                    "";
            };
        }
    }
}
