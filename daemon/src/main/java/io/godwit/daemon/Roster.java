package io.godwit.daemon;

import io.godwit.daemon.upgrade.Holding;
import io.godwit.daemon.upgrade.Part;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/** Which guests a process with many has, for the one that takes its place. */
record Roster(List<Entry> entries) implements Holding {
    private static final String NAME = "name";
    private static final String WORDS = "words";

    Roster {
        entries = List.copyOf(entries);
    }

    /** @param words that a client has described it by; none for the guest of the process's command line */
    record Entry(String name, List<String> words) {
        Entry {
            words = List.copyOf(words);
        }
    }

    @Override
    public String name() {
        return Holdings.GUESTS;
    }

    @Override
    public Part lend() {
        var data = JsonNodeFactory.instance.objectNode();
        var list = data.putArray(Holdings.GUESTS);
        for (Entry entry : entries) {
            var words = list.addObject().put(NAME, entry.name()).putArray(WORDS);
            entry.words().forEach(words::add);
        }
        return new Part(data, List.of());
    }

    /** What another process has said. */
    static Roster of(Part part) throws IOException {
        var entries = new ArrayList<Entry>();
        for (JsonNode each : part.data().path(Holdings.GUESTS)) {
            var words = new ArrayList<String>();
            for (JsonNode word : each.path(WORDS)) {
                words.add(text(word, "a word"));
            }
            entries.add(new Entry(text(each.path(NAME), "the name"), words));
        }
        return new Roster(entries);
    }

    private static String text(JsonNode node, String what) throws IOException {
        return node.stringValueOpt()
                .orElseThrow(() -> new IOException(what + " of a guest is " + node + ", expected a string"));
    }
}
