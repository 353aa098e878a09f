package io.godwit.daemon.config;

import java.util.Locale;

/** How log lines look: {@code --log-format}. */
public enum LogFormat {
    /** For people. */
    TEXT,
    /** One JSON object per line. */
    JSON;

    static LogFormat parse(String text) {
        return switch (text) {
            case "text" -> TEXT;
            case "json" -> JSON;
            default -> throw new BadOption("is '" + text + "', expected text or json");
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
