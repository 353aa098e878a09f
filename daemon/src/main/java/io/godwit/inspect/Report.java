package io.godwit.inspect;

import java.util.List;

/** What an input was found to hold. */
public sealed interface Report permits StreamReport, ChannelReport, PreemptReport {

    /** Where reading began and how far it came, both in bytes from the file's first one. */
    long start();

    long end();

    /** Whether these are all the bytes there are, and each of them is part of something. */
    boolean accountedFor();

    /** In the order of their discovery. */
    List<Finding> findings();

    /** Nothing is missing, wrong or left over: the whole would load. */
    default boolean isWhole() {
        return findings().isEmpty();
    }
}
