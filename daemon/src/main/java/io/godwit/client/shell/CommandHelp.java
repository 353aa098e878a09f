package io.godwit.client.shell;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What {@code help} shows: the commands, or how one command's arguments are typed; those in brackets may be left out. */
final class CommandHelp {
    static final String WORD = "help";

    /** QEMU's block devices contain each other without end. */
    private static final int DEEPEST = 6;

    private static final String INDENT = "  ";

    private final Schema schema;

    CommandHelp(Schema schema) {
        this.schema = schema;
    }

    static boolean isAskedBy(List<Word> words) {
        return !words.isEmpty() && words.getFirst().text().equals(WORD);
    }

    /**
     * @param words {@code help}, and a command if it is about one
     * @param width of the terminal in characters
     */
    List<String> lines(List<Word> words, int width) {
        if (words.size() < 2) {
            return Columns.of(schema.commands(), width);
        }
        String command = words.get(1).text();
        Optional<String> arguments = schema.argumentsOf(command);
        if (arguments.isEmpty()) {
            return List.of("There is no command '" + command + "'");
        }
        var lines = new ArrayList<String>();
        lines.add(command);
        add(lines, new Place(INDENT, "", false), arguments.get(), new HashSet<>());
        if (lines.size() == 1) {
            lines.add(INDENT + "takes no arguments");
        }
        return lines;
    }

    /** Where a value stands: {@code path} is what is typed before its {@code =}. */
    private record Place(String indent, String path, boolean optional) {

        Place member(Shape.Member member) {
            return new Place(indent, (path.isEmpty() ? "" : path + ".") + member.name(),
                    optional || member.optional());
        }

        Place element() {
            return new Place(indent, path + ".N", optional);
        }

        Place deeper() {
            return new Place(indent + INDENT, path, optional);
        }

        String line(String value) {
            String typed = path + "=" + value;
            return indent + (optional ? "[" + typed + "]" : typed);
        }
    }

    /** One line for each value that can be typed. */
    private void add(List<String> lines, Place place, String type, Set<String> within) {
        switch (schema.shape(type)) {
            case Shape.Struct struct when within.size() < DEEPEST && within.add(type) -> {
                struct.members().forEach(member -> add(lines, place.member(member), member.type(), within));
                struct.tag().ifPresent(tag -> addVariants(lines, place, tag, struct, within));
                within.remove(type);
            }
            case Shape.ListOf(var element) -> add(lines, place.element(), element, within);
            case Shape shape -> lines.add(place.line(word(shape)));
        }
    }

    private void addVariants(List<String> lines, Place place, String tag, Shape.Struct struct, Set<String> within) {
        for (Shape.Member member : struct.members()) {
            if (member.name().equals(tag)) {
                struct.variants().forEach((word, variant) -> {
                    if (!isEmpty(variant)) {
                        lines.add(place.indent() + "with " + place.member(member).path() + "=" + word + ":");
                        add(lines, place.deeper(), variant, within);
                    }
                });
            }
        }
    }

    private boolean isEmpty(String type) {
        return schema.shape(type) instanceof Shape.Struct struct && struct.members().isEmpty()
                && struct.variants().isEmpty();
    }

    private String word(Shape shape) {
        return switch (shape) {
            case Shape.Text() -> "STRING";
            case Shape.Whole() -> "INTEGER";
            case Shape.Decimal() -> "NUMBER";
            case Shape.Flag() -> "true|false";
            case Shape.Words(var words) -> String.join("|", words);
            case Shape.ListOf _ -> "[...]";
            case Shape.Struct _ -> "{...}";
            case Shape.Either(var types) ->
                String.join("|", types.stream().map(type -> isNull(type) ? "null" : word(schema.shape(type))).toList());
            case Shape.Anything() -> "JSON";
        };
    }

    private static boolean isNull(String type) {
        return type.equals("null");
    }
}
