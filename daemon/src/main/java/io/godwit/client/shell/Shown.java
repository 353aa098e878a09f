package io.godwit.client.shell;

import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.core.util.Separators;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectWriter;
import tools.jackson.databind.json.JsonMapper;

/** How answers and events look to a person, or, as they came, to a program. */
record Shown(boolean json, ZoneId zone) {
    private static final ObjectWriter PRETTY = JsonMapper.builder().build().writer().with(new DefaultPrettyPrinter(
            Separators.createDefaultInstance().withObjectNameValueSpacing(Separators.Spacing.AFTER)
                    .withObjectEmptySeparator("").withArrayEmptySeparator("")));
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm:ss.SSS", Locale.ROOT);

    String answer(JsonNode answer) {
        if (json) {
            return answer.toString();
        }
        if (answer.has("error")) {
            JsonNode error = answer.path("error");
            return inert(error.path("class").asString("") + ": " + error.path("desc").asString(""));
        }
        return inert(PRETTY.writeValueAsString(answer.path("return")));
    }

    String event(JsonNode event) {
        if (json || !event.has("event")) {
            return inert(event.toString());
        }
        JsonNode when = event.path("timestamp");
        String time = TIME.format(Instant
                .ofEpochSecond(when.path("seconds").asLong(0), when.path("microseconds").asLong(0) * 1000)
                .atZone(zone));
        String data = event.has("data") ? " " + event.path("data") : "";
        return inert(time + " " + event.path("event").asString("") + data);
    }

    /** Nothing that came over the wire may act on a terminal; JSON leaves DEL and the C1 controls as they are. */
    private static String inert(String text) {
        return text.replaceAll("[\\p{Cntrl}\\x7f-\\x9f&&[^\\n]]", "?").strip();
    }
}
