package io.godwit.it.differential;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.json.JsonWriteFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ContainerNode;
import tools.jackson.databind.node.ObjectNode;

/** Makes inputs out of the corpus: unchanged, changed in their structure, or changed byte by byte. The same seed, the same inputs. */
final class Mutator {
    private static final JsonMapper JSON = JsonMapper.builder().enable(JsonReadFeature.ALLOW_SINGLE_QUOTES)
            .disable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    /** No small number, with which a measurement would begin; none that is negative, which only QEMU takes for a large one. */
    private static final List<String> VALUES = List.of("null", "true", "false", "0", "300", "1000000", "4294967296",
            "18446744073709551615", "18446744073709551616", "1.5", "1e3", "'x'", "''", "'on'", "[]", "{}", "['x']",
            "{'x':1}", "'pre-switchover'", "'xbzrle'", "'zlib'", "'postcopy-ram'", "'dirty-ring'", "'main'");

    private static final List<String> TOKENS = List.of("{", "}", "[", "]", ":", ",", "'", "\"", "\\", "\\u12",
            "\\ud800",
            "\\u0000", "nul", "tru", "01", "1.", "-", "+1", "1e400x", "\t", "\n", "\u0000", "\u007f", "\u00e9", " ",
            "//");

    private static final List<String> WORDS = List.of("-d", "-r", "-a", "-", "\"", "on", "off", "x", "0", "1.5", "4k",
            "\\", "\"a b\"", "postcopy-ram", "'", "\t", "99999999999999999999");

    private final Random random;

    Mutator(long seed) {
        random = new Random(seed);
    }

    byte[] request() {
        String text = pick(Corpus.REQUESTS);
        return switch (random.nextInt(10)) {
            case 0 -> bytes(text);
            case 1, 2, 3 -> scrambled(text);
            default -> text.startsWith("{'execute'") && !text.contains("more") ? restructured(text) : scrambled(text);
        };
    }

    private byte[] restructured(String text) {
        ObjectNode request;
        try {
            request = (ObjectNode) JSON.readTree(text);
        } catch (RuntimeException e) { // one that is meant to be wrong
            return bytes(text);
        }
        for (int changes = 1 + random.nextInt(2); changes > 0; changes--) {
            change(request);
        }
        return bytes(request.toString());
    }

    private void change(ObjectNode request) {
        var containers = new ArrayList<ContainerNode<?>>();
        collect(request.path("arguments"), containers);
        ContainerNode<?> target = containers.isEmpty() || random.nextInt(5) == 0 ? request : pick(containers);
        boolean top = containers.stream().noneMatch(target::equals);
        switch (target) {
            case ObjectNode object -> change(object, top);
            case ArrayNode array -> change(array);
            default -> throw new IllegalStateException();
        }
    }

    private void collect(JsonNode node, List<ContainerNode<?>> into) {
        if (node instanceof ContainerNode<?> container) {
            into.add(container);
            node.forEach(child -> collect(child, into));
        }
    }

    private void change(ObjectNode object, boolean top) {
        var names = new ArrayList<>(object.propertyNames());
        if (names.isEmpty() || random.nextInt(6) == 0) {
            object.set(random.nextBoolean() ? "extra" : "id", value());
            return;
        }
        String name = pick(names);
        switch (random.nextInt(top ? 2 : 4)) {
            case 0 -> object.remove(name);
            case 1 -> object.set(name.equals("execute") ? "id" : name, value());
            default -> object.set(name, value());
        }
    }

    private void change(ArrayNode array) {
        if (array.isEmpty() || random.nextBoolean()) {
            array.add(value());
        } else if (random.nextBoolean()) {
            array.remove(random.nextInt(array.size()));
        } else {
            array.add(array.get(0).deepCopy());
        }
    }

    private JsonNode value() {
        return JSON.readTree(pick(VALUES));
    }

    /** A line of the monitor for people; never one that ends it. */
    String line() {
        String line = pick(Corpus.LINES);
        for (int changes = random.nextInt(4); changes > 0; changes--) {
            line = changed(line);
        }
        String first = line.strip().split("\\s", 2)[0];
        return first.equals("q") || first.equals("quit") ? "stop" : line;
    }

    private String changed(String line) {
        int at = random.nextInt(line.length() + 1);
        return switch (random.nextInt(4)) {
            case 0 -> line.isEmpty()
                    ? line
                    : line.substring(0, Math.min(at, line.length() - 1))
                            + line.substring(Math.min(at, line.length() - 1) + 1);
            case 1 -> line + " " + pick(WORDS);
            case 2 -> line.substring(0, at) + pick(WORDS) + line.substring(at);
            default -> line.contains(" ") ? line.substring(0, line.lastIndexOf(' ')) : line + " ";
        };
    }

    private byte[] scrambled(String text) {
        var bytes = new ArrayList<Byte>();
        for (byte one : bytes(random.nextBoolean() ? text : text.replace('\'', '"'))) {
            bytes.add(one);
        }
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            scramble(bytes);
        }
        var result = new byte[bytes.size()];
        for (int i = 0; i < result.length; i++) {
            result[i] = bytes.get(i);
        }
        return result;
    }

    private void scramble(List<Byte> bytes) {
        int at = random.nextInt(bytes.size() + 1);
        switch (random.nextInt(4)) {
            case 0 -> {
                if (at < bytes.size()) {
                    bytes.remove(at);
                }
            }
            case 1 -> bytes.add(at, (byte) random.nextInt(256));
            case 2 -> {
                byte[] token = bytes(pick(TOKENS));
                for (int i = 0; i < token.length; i++) {
                    bytes.add(at + i, token[i]);
                }
            }
            default -> bytes.subList(at, Math.min(bytes.size(), at + random.nextInt(8))).clear();
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private <T> T pick(List<T> list) {
        return list.get(random.nextInt(list.size()));
    }
}
