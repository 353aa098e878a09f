package io.godwit.daemon.config;

import java.util.List;
import java.util.stream.Stream;

/**
 * An option of the command line that describes a guest, for who describes one otherwise.
 *
 * @param name without dashes
 */
public record GuestOption(String name, Shape shape) {

    /** What its value is. */
    public enum Shape {
        TEXT,
        TEXTS,
        NUMBER,
        /** Given or not. */
        SWITCH
    }

    /** Those that a guest may be described by that is added to a running daemon: none about what a process inherited. */
    public static List<GuestOption> all() {
        return Stream.of(Option.values()).filter(option -> option.describesGuest() && option != Option.ADD_FD)
                .map(option -> new GuestOption(option.word(), option.shape())).toList();
    }
}
