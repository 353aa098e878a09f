package io.godwit.client;

import tools.jackson.databind.JsonNode;

/** Shows how far a migration is, for one kind of reader. */
sealed interface ProgressView {

    static ProgressView on(Terminal terminal) {
        if (terminal.json()) {
            return new Json(terminal);
        }
        return terminal.interactive() ? new Bar(terminal) : new PlainLines(terminal);
    }

    /** Once per look at the migration; {@code migration} is what query-migrate answered. */
    void show(JsonNode migration, Progress progress, Forecast forecast);

    /** The migration has ended like this. */
    void end(JsonNode migration, Progress progress);

    /** How far it is, and what is to be expected, of its terms too. */
    private static String line(JsonNode migration, Progress progress, Forecast forecast) {
        return progress.line(forecast) + Terms.forecast(migration).map(words -> ", " + words).orElse("");
    }

    /** For programs: query-migrate's answers, one per line; the last one is the outcome. */
    record Json(Terminal terminal) implements ProgressView {
        @Override
        public void show(JsonNode migration, Progress progress, Forecast forecast) {
            terminal.print(migration);
        }

        @Override
        public void end(JsonNode migration, Progress progress) {
            terminal.print(migration);
        }
    }

    /** For people: one line, drawn over. */
    record Bar(Terminal terminal) implements ProgressView {
        private static final int WIDTH = 24;

        @Override
        public void show(JsonNode migration, Progress progress, Forecast forecast) {
            int filled = (int) (progress.percent() / 100 * WIDTH);
            terminal.out()
                    .print("\r[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "] "
                            + line(migration, progress, forecast)
                            + "\033[K");
            terminal.out().flush();
        }

        @Override
        public void end(JsonNode migration, Progress progress) {
            terminal.out().print("\r\033[K");
            terminal.print(progress.outcome());
            Terms.report(migration).ifPresent(terminal::print);
        }
    }

    /** For logs: a line when the status or the pass changes, and every tenth look. */
    final class PlainLines implements ProgressView {
        private static final int LOOKS_PER_LINE = 10;

        private final Terminal terminal;
        private String last = "";
        private int looks;

        PlainLines(Terminal terminal) {
            this.terminal = terminal;
        }

        @Override
        public void show(JsonNode migration, Progress progress, Forecast forecast) {
            var now = progress.status() + progress.pass();
            if (!now.equals(last) || ++looks == LOOKS_PER_LINE) {
                terminal.print(line(migration, progress, forecast));
                looks = 0;
            }
            last = now;
        }

        @Override
        public void end(JsonNode migration, Progress progress) {
            terminal.print(progress.outcome());
            Terms.report(migration).ifPresent(terminal::print);
        }
    }
}
